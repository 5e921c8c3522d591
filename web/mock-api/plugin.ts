import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { answer } from "./answer.ts";
import { emptyState, filledState, type MockState } from "./state.ts";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#ff7a59"/><circle cx="18" cy="18" r="5" fill="none" stroke="#fff" stroke-width="3"/><path d="M18 13V8M14 15 9 10" stroke="#fff" stroke-width="2.5"/></svg>`;

/** Serves the management API from memory, so that the dashboard can be worked on without the server. */
export function mockApi(): Plugin {
  const state: MockState = filledState();
  const middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? "/", "http://mock");
    if (url.pathname.startsWith("/integrations/")) {
      response.setHeader("Content-Type", "image/svg+xml");
      response.end(ICON);
    } else if (url.pathname === "/mock/reset") {
      const fresh = url.searchParams.get("state") === "empty" ? emptyState() : filledState();
      Object.assign(state, fresh, { setupNeeded: url.searchParams.has("setup") });
      if (url.searchParams.has("setup")) state.signedIn = false;
      response.end("ok");
    } else if (url.pathname.startsWith("/api/v1/")) void serve(state, url, request, response);
    else next();
  };
  return {
    name: "linchpin-mock-api",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}

async function serve(state: MockState, url: URL, request: IncomingMessage, response: ServerResponse) {
  let text = "";
  for await (const chunk of request) text += chunk;
  const { status, body } = answer(state, request.method ?? "GET", url, text === "" ? {} : JSON.parse(text));
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(body === undefined ? "" : JSON.stringify(body));
}

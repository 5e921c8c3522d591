import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RenderResult, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { theme } from "../theme.ts";

/** Shows a component as the dashboard would, without transitions. */
export function show(children: ReactNode): RenderResult {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </MantineProvider>,
  );
}

export interface SentRequest {
  method: string;
  path: string;
  body: unknown;
}

/** Answers the API from a function, and remembers what was sent. */
export function fakeApi(answer: (request: SentRequest) => { status: number; body: unknown }): SentRequest[] {
  const sent: SentRequest[] = [];
  globalThis.fetch = async (input, init) => {
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    const request = { method: init?.method ?? "GET", path: String(input), body };
    sent.push(request);
    const { status, body: answered } = answer(request);
    return new Response(JSON.stringify(answered), { status });
  };
  return sent;
}

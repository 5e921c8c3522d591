import { vi } from "vitest";

/** What the stubbed server received. */
export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

type Answer = { status?: number; body?: unknown; text?: string; type?: string };
type Route = Answer | ((request: Received) => Answer);

export const BASE = "https://connect.example.com";
export const PROJECT = "p1";

export function token(sub = "ann", expiresInSeconds = 3_600, extra: Record<string, unknown> = {}): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + expiresInSeconds;
  return `${part({ alg: "RS256" })}.${part({ sub, exp, ...extra })}.c2ln`;
}

export const WORKFLOW = "wf-1";

export function hubspot(): Record<string, unknown> {
  return {
    id: "int-1",
    type: "hubspot",
    name: "HubSpot",
    brandColor: "#ff7a59",
    isActive: true,
    authenticationType: "oauth",
    needPreOauthInputs: false,
    configs: [
      {
        id: "cfg-1",
        integrationId: "int-1",
        values: { description: "Sync", workflowMeta: { [WORKFLOW]: { id: WORKFLOW, inputs: [] } }, sharedMeta: { inputs: [] } },
      },
    ],
    workflows: [{ id: WORKFLOW, description: "Sync contacts" }],
  };
}

export function credential(status = "VALID", id = "cred-1"): Record<string, unknown> {
  return {
    id,
    integrationId: "int-1",
    status,
    externalId: `ext-${id}`,
    configurations: [
      {
        id: `conf-${id}`,
        connectCredentialId: id,
        isDefault: true,
        sharedSettings: { note: "old" },
        workflowSettings: { [WORKFLOW]: { enabled: false, settings: { list: "1" } } },
        dateCreated: "2026-01-01T00:00:00Z",
      },
    ],
  };
}

export function me(credentials: Record<string, unknown>[] = []): Record<string, unknown> {
  const [first] = credentials;
  return {
    authenticated: true,
    userId: "ann",
    integrations: {
      hubspot: {
        enabled: first?.status === "VALID",
        allCredentials: credentials,
        ...(first ? { credentialId: first.id, credentialStatus: first.status } : {}),
      },
    },
    meta: {},
    resources: [],
    project: { id: PROJECT, billingPlan: "connect_enterprise", accessibleFeatures: ["headless-cp"] },
  };
}

/** A server in place of `fetch`. Routes are `METHOD path`, without the query; the last set wins. */
export function stubServer(routes: Record<string, Route> = {}): { received: Received[]; routes: Record<string, Route> } {
  const all: Record<string, Route> = {
    [`GET /projects/${PROJECT}/sdk/me`]: { body: me() },
    [`GET /projects/${PROJECT}/sdk/integrations`]: { body: [hubspot()] },
    ...routes,
  };
  const received: Received[] = [];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit = {}) => {
    const url = new URL(address);
    const request: Received = {
      method: init.method ?? "GET",
      path: url.pathname + url.search,
      headers: spelt(new Headers(init.headers)),
      body: typeof init.body === "string" ? parse(init.body) : init.body,
    };
    received.push(request);
    const route = all[`${request.method} ${url.pathname}`];
    const answer = typeof route === "function" ? route(request) : (route ?? { status: 404, body: { message: "no such route", code: "not_found" } });
    const text = answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
    const status = answer.status ?? 200;
    return new Response(status === 204 ? null : text, {
      status,
      headers: { "content-type": answer.type ?? "application/json" },
    });
  });
  return { received, routes: all };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Headers with their usual capitals, which they lose on the way. */
function spelt(headers: Headers): Record<string, string> {
  const capital = (name: string): string => name.replace(/(^|-)\w/g, (letter) => letter.toUpperCase());
  return Object.fromEntries([...headers].map(([name, value]) => [capital(name), value]));
}

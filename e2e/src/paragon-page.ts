/**
 * A page that uses the unmodified `@useparagon/connect` 2.4.0. The package is CommonJS: the page gives it `module` and
 * loads it by a classic script while the document is still loading, as a bundler's output would be.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page, Request } from "@playwright/test";
import type { HostApp } from "./host-app.ts";

const require = createRequire(import.meta.url);
const bundle = readFileSync(require.resolve("@useparagon/connect"));
const classBundle = readFileSync(require.resolve("@useparagon/connect/ConnectSDK"));

/** What the tests call of the SDK. Its own types bring React and Google's along. */
export interface Paragon {
  authenticate(projectId: string, token: string, options?: { metadata?: Record<string, unknown> }): Promise<void>;
  getUser(): {
    authenticated: boolean;
    userId?: string;
    token?: string;
    meta?: Record<string, unknown>;
    resources?: unknown[];
    integrations?: Record<string, IntegrationState>;
  };
  getIntegrationMetadata(): { type: string; name: string; brandColor: string; icon: string }[];
  connect(type: string, options: Record<string, unknown>): Promise<unknown>;
  installIntegration(type: string, options?: Record<string, unknown>): Promise<{ credentialId?: string }>;
  uninstallIntegration(type: string, options?: Record<string, unknown>): Promise<void>;
  event(name: string, payload: unknown, options?: Record<string, unknown>): Promise<unknown>;
  request(type: string, path: string, options?: Record<string, unknown>): Promise<unknown>;
  workflow(id: string, options?: Record<string, unknown>): Promise<unknown>;
  enableWorkflow(id: string, options?: Record<string, unknown>): Promise<unknown>;
  disableWorkflow(id: string, options?: Record<string, unknown>): Promise<unknown>;
  updateWorkflowState(states: Record<string, boolean>, options?: Record<string, unknown>): Promise<unknown>;
  setUserMetadata(meta: Record<string, unknown>): Promise<{ meta: Record<string, unknown> }>;
  updateIntegrationUserSettings(type: string, update: unknown, options?: Record<string, unknown>): Promise<unknown>;
  updateWorkflowUserSettings(
    type: string,
    workflow: string,
    update: unknown,
    options?: Record<string, unknown>,
  ): Promise<unknown>;
  createConfiguration(options: Record<string, unknown>): Promise<Configuration>;
  updateConfiguration(options: Record<string, unknown>): Promise<Configuration>;
  destroyConfiguration(options: Record<string, unknown>): Promise<void>;
  completeInstall(type: string, options: Record<string, unknown>): Promise<void>;
  getCustomWebhookUserManualUrl(workflowId: string, credentialId?: string): string;
  getTriggers(type: string, options?: Record<string, unknown>): Promise<unknown>;
  getFieldOptions(options: Record<string, unknown>): Promise<unknown>;
  getIntegrationAccount(type: string, options?: Record<string, unknown>): Promise<{ id: string }>;
  setHeadless(headless: boolean): void;
  installFlow: {
    start(type: string, options: Record<string, unknown>): void;
    cancel(): Promise<void>;
  };
  subscribe(name: string, listener: (payload: unknown) => void): () => void;
  closePortal(): void;
}

export interface Configuration {
  id: string;
  isDefault: boolean;
  externalId?: string;
  configMeta?: Record<string, unknown>;
  sharedSettings: Record<string, unknown>;
  workflowSettings: Record<string, { enabled: boolean; settings: Record<string, unknown> }>;
}

export interface Credential {
  id: string;
  status: string;
  externalId?: string;
  providerId: string;
  configurations: Configuration[];
}

export interface IntegrationState {
  enabled: boolean;
  credentialId?: string;
  credentialStatus?: string;
  allCredentials: Credential[];
}

declare global {
  interface Window {
    paragon: Paragon;
    seen: { name: string; payload: unknown }[];
    messages: { origin: string; data: { type?: string; messageType?: string } }[];
    outcome: Promise<{ value?: unknown; error?: string }>;
  }
}

const KEYS = [
  "CONNECT_PUBLIC_URL",
  "DASHBOARD_PUBLIC_URL",
  "HERMES_PUBLIC_URL",
  "PASSPORT_PRODUCTION_URL",
  "PASSPORT_PUBLIC_URL",
  "ZEUS_PUBLIC_URL",
  "CDN_PUBLIC_URL",
  "WORKER_PROXY_PUBLIC_URL",
  "API_TRIGGER_KIT_PUBLIC_URL",
];

const EVENTS = ["onIntegrationInstall", "onIntegrationUninstall", "onWorkflowChange", "onPortalOpen", "onPortalClose"];

/**
 * Serves the page at `/paragon`: every override is the one address of our server. `/restored` configures nothing, for
 * `configureGlobal` signs out whom the SDK has just restored. `/isolated` is the page with the headers that common
 * middleware sets: its windows lose it.
 */
export function serveParagon(host: HostApp, server: string): void {
  host.serve("/paragon.js", "text/javascript", bundle);
  const overrides = JSON.stringify(Object.fromEntries(KEYS.map((key) => [key, server])));
  const page = pageWith(`paragon.configureGlobal({ host: "linchpin.test" }, ${overrides});`);
  host.html("/paragon", page);
  host.html("/isolated", page, { "cross-origin-opener-policy": "same-origin" });
  host.html("/restored", pageWith(""));
}

/** Serves the page at `/by-host`: the SDK makes every address of one host name. */
export function serveByHost(host: HostApp, name: string): void {
  host.serve("/paragon.js", "text/javascript", bundle);
  host.html("/by-host", pageWith(`paragon.configureGlobal({ host: ${JSON.stringify(name)} });`));
}

/** Serves the page at `/class`: it makes an instance of its own by the package's second entry. */
export function serveClass(host: HostApp, server: string): void {
  host.serve("/class.js", "text/javascript", classBundle);
  const addresses = JSON.stringify(Object.fromEntries(KEYS.map((key) => [key, server])));
  const make = `window.paragon = new (window.module.exports.default)(${addresses});`;
  host.html("/class", pageWith(make).replace("/paragon.js", "/class.js"));
}

function pageWith(configuration: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>
<body style="font: 15px system-ui; padding: 40px"><h1>Acme CRM</h1>
<script>
  window.module = { exports: {} };
  window.exports = window.module.exports;
  window.require = () => ({});
  window.seen = [];
  window.messages = [];
  window.addEventListener("message", (event) => window.messages.push({ origin: event.origin, data: event.data }));
</script>
<script src="/paragon.js"></script>
<script>
  window.paragon = window.module.exports.paragon;
  ${configuration}
  for (const name of ${JSON.stringify(EVENTS)}) {
    paragon.subscribe(name, (payload) => window.seen.push({ name, payload }));
  }
</script></body></html>`;
}

/** The requests that a page sends to our server, as `METHOD /path`, without preflights. */
export function recording(page: Page, server: string): Request[] {
  const requests: Request[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(server) && request.method() !== "OPTIONS") requests.push(request);
  });
  return requests;
}

export function line(request: Request): string {
  const url = new URL(request.url());
  return `${request.method()} ${url.pathname}`;
}

/** Signs a user in through the SDK; a failure is answered, not thrown. */
export async function authenticate(
  page: Page,
  projectId: string,
  token: string,
  options?: { metadata?: Record<string, unknown> },
): Promise<string | undefined> {
  return page.evaluate(
    ([projectId, token, options]) =>
      window.paragon.authenticate(projectId, token, options).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    [projectId, token, options] as const,
  );
}

export async function user(page: Page) {
  return page.evaluate(() => window.paragon.getUser());
}

export async function hubspot(page: Page): Promise<IntegrationState> {
  const state = (await user(page)).integrations?.hubspot;
  if (!state) throw new Error("the user has no HubSpot in its state");
  return state;
}

/** Starts the OAuth window as `installIntegration` does and goes through the consent page. */
export async function install(
  page: Page,
  options: Record<string, unknown> = {},
  account?: string,
): Promise<{ value?: unknown; error?: string }> {
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate((options) => {
      window.outcome = window.paragon.installIntegration("hubspot", options).then(
        (value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown }),
        (error: Error) => ({ error: error.message }),
      );
    }, options),
  ]);
  await consent(popup, account);
  return page.evaluate(() => window.outcome);
}

export async function consent(popup: Page, account?: string): Promise<void> {
  const closed = popup.waitForEvent("close");
  if (account) await popup.getByLabel("Account").selectOption(account);
  await popup.getByRole("button", { name: "Allow access" }).click();
  await closed;
}

/** Calls a method of the SDK; answers its value or the text of its error. */
export async function call(
  page: Page,
  method: keyof Paragon,
  ...parameters: unknown[]
): Promise<{ value?: unknown; error?: string; response?: unknown }> {
  return page.evaluate(
    async ([method, parameters]) => {
      try {
        const paragon = window.paragon as unknown as Record<string, (...all: unknown[]) => unknown>;
        const value = await paragon[method]?.(...parameters);
        return { value };
      } catch (error) {
        const { message, response } = error as { message: string; response?: unknown };
        return { error: message, response: response instanceof Response ? "a Response" : response };
      }
    },
    [method, parameters] as const,
  );
}

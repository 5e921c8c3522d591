/** Pages that use our own client SDK, and keep what goes wrong unseen: unhandled rejections and errors. */
import { expect, type Page } from "@playwright/test";
import type { FullLinchpin } from "../../sdk/js/src/full.ts";
import type { HostApp } from "./host-app.ts";

/** What a call came to: its value, or its failure. */
export interface Outcome {
  value?: unknown;
  failure?: { code: string; message: string; status?: number; isLinchpinError: boolean };
}

declare global {
  interface Window {
    linchpin: FullLinchpin & { LinchpinError: new (...all: never[]) => Error };
    unseen: string[];
    events: { name: string; payload: { code?: string } }[];
    waiting: Promise<Outcome>;
  }
}

const EVENTS = [
  "onIntegrationInstall",
  "onIntegrationUninstall",
  "onWorkflowChange",
  "onPortalOpen",
  "onPortalClose",
  "onLogout",
];

/** Serves a page at `/linchpin` that loads the SDK by a plain script tag from the server, as the README has it. */
export function serveLinchpin(host: HostApp, server: string): void {
  host.html("/linchpin", hostPage(`<script src="${server}/sdk/connect.js"></script>`));
}

/** A page that watches itself before anything else runs. */
export function hostPage(scripts: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>
<body style="font: 15px system-ui; padding: 40px"><h1>Acme CRM</h1><div id="root"></div>
<script>
  window.unseen = [];
  window.events = [];
  addEventListener("unhandledrejection", (event) => unseen.push("rejection: " + (event.reason?.message ?? event.reason)));
  addEventListener("error", (event) => unseen.push("error: " + event.message));
</script>
${scripts}
<script>
  if (window.linchpin) for (const name of ${JSON.stringify(EVENTS)}) {
    linchpin.subscribe(name, (payload) => events.push({ name, payload: JSON.parse(JSON.stringify(payload)) }));
  }
</script></body></html>`;
}

/** Signs a user in; the token is fetched by a function, as the README has it. */
export async function authenticate(page: Page, projectId: string, token: string): Promise<Outcome> {
  return page.evaluate(
    async ([projectId, token]) => {
      try {
        return { value: await window.linchpin.authenticate(projectId, () => token) };
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return { failure: { code, message, isLinchpinError: error instanceof window.linchpin.LinchpinError } };
      }
    },
    [projectId, token] as const,
  );
}

type Calls = {
  [K in keyof FullLinchpin]: FullLinchpin[K] extends (...all: never[]) => unknown ? K : never;
}[keyof FullLinchpin];

/** Begins a call as a click would, and goes on; `outcome` waits for it. */
export async function begin(page: Page, method: Calls, ...parameters: unknown[]): Promise<void> {
  await page.evaluate(
    ([method, parameters]) => {
      const calls = window.linchpin as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>;
      window.waiting = Promise.resolve(calls[method]?.(...parameters)).then(
        (value) => ({ value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) }),
        (error: { code: string; message: string; status?: number }) => ({
          failure: {
            code: error.code,
            message: error.message,
            ...(error.status === undefined ? {} : { status: error.status }),
            isLinchpinError: error instanceof window.linchpin.LinchpinError,
          },
        }),
      );
    },
    [method, parameters] as const,
  );
}

export function outcome(page: Page): Promise<Outcome> {
  return page.evaluate(() => window.waiting);
}

export async function call(page: Page, method: Calls, ...parameters: unknown[]): Promise<Outcome> {
  await begin(page, method, ...parameters);
  return outcome(page);
}

/** Begins a call that opens the provider's window; the window. */
export async function popupOf(page: Page, start: () => Promise<void>): Promise<Page> {
  const [popup] = await Promise.all([page.context().waitForEvent("page"), start()]);
  return popup;
}

/** How often an event was told. */
export function times(page: Page, name: string): Promise<number> {
  return page.evaluate((name) => window.events.filter((event) => event.name === name).length, name);
}

/** Nothing went wrong unseen. */
export async function expectNothingUnseen(page: Page): Promise<void> {
  // A rejection is reported after the tasks that are under way.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(await page.evaluate(() => window.unseen)).toEqual([]);
}

/**
 * Our own client SDK against the real server, and what the SDK that it replaces is known for: a clone error, an install
 * told twice, failures that nobody hears of, messages of strangers, the token in web storage. Each is tried here.
 */
import { expect, type Page, test } from "@playwright/test";
import { useWorld } from "./connect-sdk/world.ts";
import {
  authenticate,
  begin,
  call,
  expectNothingUnseen,
  type Outcome,
  outcome,
  popupOf,
  serveLinchpin,
  times,
} from "./src/linchpin-page.ts";
import { consent, recording } from "./src/paragon-page.ts";
import type { Applied } from "./src/server.ts";
import { userToken } from "./src/tokens.ts";
import { key } from "./connect-sdk/world.ts";

const world = useWorld("linchpin-sdk");

test.beforeAll(() => serveLinchpin(world.host, world.server.url));

test.beforeEach(async ({ page }) => {
  await world.simulator.faults({ denyConsent: false, tokenLatencyMs: 0 });
  await page.goto(`${world.host.origin}/linchpin`);
});

test.afterEach(async ({ page }) => expectNothingUnseen(page));

async function signedIn(page: Page, sub: string, project: Applied = world.acme): Promise<string> {
  const token = userToken(key.privateKey, sub);
  expect(await authenticate(page, project.projectId, token)).toEqual({});
  return token;
}

/** Installs with callbacks, which cannot travel to the portal. */
async function installWithCallbacks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const keep = (name: string) => (payload: object) => {
      window.events.push({ name, payload: JSON.parse(JSON.stringify(payload)) });
    };
    window.waiting = window.linchpin
      .installIntegration("hubspot", {
        showPortalAfterInstall: true,
        onInstall: keep("install callback"),
        onError: keep("error callback"),
        onOpen: keep("open callback"),
        onClose: keep("close callback"),
      })
      .then(
        ({ credentialId }) => ({ value: credentialId }),
        ({ code, message }: { code: string; message: string }) => ({ failure: { code, message, isLinchpinError: true } }),
      );
  });
}

const frame = (page: Page) => page.frameLocator("#linchpin-connect-frame");

test("callbacks with showPortalAfterInstall: no clone error, and each is called", async ({ page }) => {
  await signedIn(page, "clone");
  const popup = await popupOf(page, () => installWithCallbacks(page));
  await consent(popup);
  expect((await outcome(page)).value).toMatch(/^[0-9a-f-]{36}$/);
  await expect(frame(page).getByRole("tab", { name: "Configuration" })).toBeVisible();
  await expect.poll(() => times(page, "open callback")).toBe(1);
  await page.evaluate(() => window.linchpin.closePortal());
  expect(await times(page, "install callback")).toBe(1);
  expect(await times(page, "close callback")).toBe(1);
  expect(await times(page, "error callback")).toBe(0);
});

test("an install is told once, by event, callback and promise", async ({ page }) => {
  await signedIn(page, "once");
  const requests = recording(page, world.server.url);
  const popup = await popupOf(page, () => installWithCallbacks(page));
  await consent(popup);
  await outcome(page);
  // As long as a second telling would take: the old SDK polls every second.
  await page.waitForTimeout(3_000);
  expect(await times(page, "onIntegrationInstall")).toBe(1);
  expect(await times(page, "install callback")).toBe(1);
  const polls = requests.filter((request) => request.method() === "GET" && request.url().includes("session-id")).length;
  await page.waitForTimeout(2_500);
  expect(requests.filter((request) => request.method() === "GET" && request.url().includes("session-id"))).toHaveLength(polls);
});

test("a consent page that cannot be built fails the promise and the callback, and the window closes", async ({ page }) => {
  await signedIn(page, "lost");
  const popup = await popupOf(page, () =>
    begin(page, "installIntegration", "hubspot", { overrideRedirectUrl: "https://elsewhere.example/back" }),
  );
  const { failure } = await outcome(page);
  expect(failure).toMatchObject({ isLinchpinError: true });
  expect(failure?.message).toContain("elsewhere.example");
  await expect.poll(() => popup.isClosed()).toBe(true);
});

test("a denied consent fails the promise and the callback, without waiting for a time limit", async ({ page }) => {
  await world.simulator.faults({ denyConsent: true });
  await signedIn(page, "denied");
  const popup = await popupOf(page, () => installWithCallbacks(page));
  await popup.getByRole("button", { name: "Allow access" }).click();
  const began = Date.now();
  expect((await outcome(page)).failure).toMatchObject({ code: "oauth_denied" });
  // The old SDK hears nothing for three minutes; a busy machine may take some seconds.
  expect(Date.now() - began).toBeLessThan(30_000);
  expect(await times(page, "error callback")).toBe(1);
  expect(await page.evaluate(() => window.linchpin.getUser().authenticated)).toBe(true);
});

test("a denied consent is told to the headless flow, too, which opens the window again", async ({ page }) => {
  await world.simulator.faults({ denyConsent: true });
  await signedIn(page, "denied-headless");
  const flow = (method: "start" | "retry"): Promise<void> =>
    page.evaluate((method) => {
      const { installFlow } = window.linchpin;
      window.linchpin.setHeadless(true);
      const told = (name: string) => (payload: object) => window.events.push({ name, payload: JSON.parse(JSON.stringify(payload)) });
      const going =
        method === "retry"
          ? installFlow.retry()
          : installFlow.start("hubspot", { onNext: told("next"), onError: told("flow error"), onComplete: told("complete") });
      window.waiting = going.then(
        (value) => ({ value: JSON.parse(JSON.stringify(value)) }),
        ({ code, message }: { code: string; message: string }) => ({ failure: { code, message, isLinchpinError: true } }),
      );
    }, method);
  const popup = await popupOf(page, () => flow("start"));
  await popup.getByRole("button", { name: "Allow access" }).click();
  expect((await outcome(page)).failure).toMatchObject({ code: "oauth_denied" });
  expect(await times(page, "flow error")).toBe(1);

  await world.simulator.faults({ denyConsent: false });
  await consent(await popupOf(page, () => flow("retry")));
  expect((await outcome(page)).value).toMatchObject({ stage: "done", result: { integrationType: "hubspot" } });
  expect(await page.evaluate(() => window.events.filter(({ name }) => name === "next").map(({ payload }) => (payload as { stage?: string }).stage))).toEqual(["oauth", "oauth", "done"]);
  expect(await times(page, "complete")).toBe(1);
  expect(await times(page, "onIntegrationInstall")).toBe(1);
  // The portal was never there.
  await expect(page.locator("iframe")).toHaveCount(0);
});

test("a blocked window is told, by promise and callback, with what to do", async ({ page }) => {
  await signedIn(page, "blocked");
  await page.evaluate(() => {
    window.open = () => null;
  });
  await installWithCallbacks(page);
  const { failure } = (await outcome(page)) as Outcome;
  expect(failure?.code).toBe("popup_blocked");
  expect(failure?.message).toContain("allow pop-ups");
  expect(await times(page, "error callback")).toBe(1);
});

test("a window that is closed, and a call that is given up, settle", async ({ page }) => {
  await signedIn(page, "closed");
  const popup = await popupOf(page, () => begin(page, "installIntegration", "hubspot", { oauthTimeout: 1_500 }));
  await popup.close();
  expect((await outcome(page)).failure?.code).toBe("oauth_timeout");

  const other = await popupOf(page, () =>
    page.evaluate(() => {
      const given = new AbortController();
      setTimeout(() => given.abort(), 300);
      window.waiting = window.linchpin.installIntegration("hubspot", { signal: given.signal }).then(
        () => ({}),
        ({ code, message }: { code: string; message: string }) => ({ failure: { code, message, isLinchpinError: true } }),
      );
    }),
  );
  expect((await outcome(page)).failure?.code).toBe("aborted");
  await expect.poll(() => other.isClosed()).toBe(true);
});

test("strangers' messages are not obeyed", async ({ page, context }) => {
  await signedIn(page, "stranger");
  await begin(page, "connect", "hubspot");
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  const orders = [
    { messageType: "SDK_FUNCTION_INVOCATION", type: "updateContainerStyle", parameters: [{ isModalShown: false }], id: "1" },
    { messageType: "SDK_FUNCTION_INVOCATION", type: "onClose", parameters: [true], id: "2" },
    { messageType: "SDK_FUNCTION_INVOCATION", type: "logout", parameters: [], id: "3" },
    { type: "oauth_success_callback", credential: { integrationId: "x", payload: {} } },
    null,
    "text",
  ];
  // The page itself, a frame of another site, and a window that the page opened.
  await page.evaluate((orders) => {
    for (const order of orders) window.postMessage(order, "*");
  }, orders);
  const send = `for (const order of ${JSON.stringify(orders)}) (window.opener ?? window.parent).postMessage(order, "*");`;
  world.host.html("/stranger", `<!doctype html><title>Stranger</title><script>${send}</script>`);
  await page.evaluate(() => {
    const stranger = document.createElement("iframe");
    stranger.src = `${location.origin.replace("localhost", "127.0.0.1")}/stranger`;
    stranger.title = "stranger";
    document.body.append(stranger);
    window.open("/stranger", "stranger");
  });
  await expect.poll(() => context.pages().length).toBe(2);
  await page.waitForTimeout(500);
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  expect(await page.evaluate(() => window.linchpin.getUser().authenticated)).toBe(true);
  expect(await times(page, "onPortalClose")).toBe(0);
  await context.pages()[1]?.close();
});

test("no token is in web storage, in cookies, or in what the portal is told", async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { heard: [] });
    addEventListener("message", (event) => (window as unknown as { heard: unknown[] }).heard.push(event.data));
  });
  await page.reload();
  const token = await signedIn(page, "storage");
  await begin(page, "connect", "hubspot");
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  const portal = page.frames().find((each) => each.url().includes("/ui"));
  const heard = await portal?.evaluate(() => JSON.stringify((window as unknown as { heard: unknown[] }).heard));
  expect(heard).toContain("UI_UPDATE");
  expect(heard).not.toContain(token);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).toBe('[{},{},""]');
  expect(JSON.stringify(await page.evaluate(() => window.linchpin.getUser()))).not.toContain(token);
  await page.reload();
  expect(await page.evaluate(() => window.linchpin.getUser())).toEqual({ authenticated: false });
});

test("nothing is loaded or asked before the page says so", async ({ page }) => {
  const requests = recording(page, world.server.url);
  await page.reload();
  await page.waitForTimeout(500);
  expect(requests.map((request) => new URL(request.url()).pathname)).toEqual(["/sdk/connect.js"]);
  await expect(page.locator("iframe")).toHaveCount(0);
});

test("a 403 signs nobody out, and a refused token is renewed once", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  world.upstream.answer("/forbidden", { status: 403, body: '{"message":"not yours"}' });
  const { failure } = await call(page, "request", "hubspot", "/forbidden");
  expect(failure).toMatchObject({ code: "http_error", status: 403, message: "not yours" });
  expect(await page.evaluate(() => window.linchpin.getUser().authenticated)).toBe(true);

  const other = userToken(key.privateKey, "renewed", { exp: Math.floor(Date.now() / 1000) - 10 });
  const good = userToken(key.privateKey, "renewed");
  const asked = await page.evaluate(
    async ([projectId, old, good]) => {
      let asked = 0;
      await window.linchpin.authenticate(projectId, { token: old, getToken: () => (asked++, good) });
      await window.linchpin.refresh();
      return asked;
    },
    [world.direct.projectId, other, good] as const,
  );
  expect(asked).toBe(1);
});

test("a token that is refused for good ends the session, and says so", async ({ page }) => {
  await signedIn(page, "ended");
  await page.route("**/sdk/me", (route) => route.fulfill({ status: 401, contentType: "application/json", headers: { "access-control-allow-origin": "*" }, body: '{"message":"the token has ended","code":"unauthorized"}' }));
  const { failure } = await call(page, "refresh");
  expect(failure).toMatchObject({ code: "unauthorized", status: 401 });
  expect(await page.evaluate(() => window.events.at(-1))).toEqual({ name: "onLogout", payload: { reason: "unauthorized" } });
  expect(await page.evaluate(() => window.linchpin.getUser())).toEqual({ authenticated: false });
});

test("two equal requests at once both get their answer, and forms arrive as forms", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  world.upstream.answer("/twice", { body: '{"n":1}' });
  const both = await page.evaluate(() =>
    Promise.all([1, 2].map(() => window.linchpin.request("hubspot", "/twice", { method: "GET" }))),
  );
  expect(both).toEqual([{ n: 1 }, { n: 1 }]);
  world.upstream.answer("/form", { body: "{}" });
  await page.evaluate(() => {
    const form = new FormData();
    form.append("file", new Blob(["inside"], { type: "text/plain" }), "a.txt");
    return window.linchpin.request("hubspot", "/form", { method: "POST", body: form });
  });
  const [asked] = world.upstream.of("/form");
  expect(asked?.headers["content-type"]).toContain("multipart/form-data");
  expect(asked?.body).toContain("inside");
});

test("calls that nobody waits for raise nothing", async ({ page }) => {
  await page.evaluate(() => {
    void window.linchpin.connect("hubspot");
    void window.linchpin.installIntegration("hubspot");
    void window.linchpin.installFlow.start("hubspot");
  });
  await signedIn(page, "ignored");
  await page.evaluate(() => {
    void window.linchpin.connect("nothing");
    void window.linchpin.connect("hubspot");
    window.linchpin.closePortal();
    void window.linchpin.installFlow.setPreOptions({});
    void window.linchpin.connect("hubspot");
    window.linchpin.logout();
  });
  await page.waitForTimeout(200);
});

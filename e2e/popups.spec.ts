/**
 * Windows are where connecting fails: pages that lose them, windows that are blocked or closed, consents that are
 * denied. Each ends with the account connected, or with a sentence that says what to do.
 */
import { expect, type Page, test } from "@playwright/test";
import { acmePage } from "./src/acme-page.ts";
import { HostApp } from "./src/host-app.ts";
import { consent } from "./src/paragon-page.ts";
import { violations } from "./src/portal-frame.ts";
import { portalPage } from "./src/portal-page.ts";
import { emptyFolder } from "./src/processes.ts";
import { syncContacts, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
let simulator: Simulator;
let host: HostApp;
let server: Server;
let acme: Applied;
/** Lists no origins: a person confirms. */
let open: Applied;
let users = 0;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("popups"), allow: [simulator.host] });
  const base = { publicKey: key.publicKey, provider: simulator.url, workflows: { "Sync contacts": syncContacts() } };
  writeProject(server.path("acme.yaml"), { ...base, project: "Acme", allowedOrigins: [host.origin] });
  writeProject(server.path("open.yaml"), { ...base, project: "Open" });
  acme = server.apply(server.path("acme.yaml"));
  open = server.apply(server.path("open.yaml"));
  const isolated = { "cross-origin-opener-policy": "same-origin" };
  const silent = { "referrer-policy": "no-referrer" };
  host.html("/acme", acmePage(server.url, acme.projectId));
  host.html("/isolated", acmePage(server.url, acme.projectId), isolated);
  host.html("/helmet", acmePage(server.url, acme.projectId), { ...isolated, ...silent });
  host.html("/chosen", portalPage(server.url, open.projectId), isolated);
  host.html("/open", acmePage(server.url, open.projectId), isolated);
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test.beforeEach(async () => {
  users += 1;
  host.serve("/token", "text/plain", userToken(key.privateKey, `user-${users}`));
  await simulator.faults({ denyConsent: false, tokenLatencyMs: 0 });
});

const frame = (page: Page) => page.frameLocator("iframe");

/** Opens the portal on a page of the host application. */
async function portal(page: Page, path: string): Promise<void> {
  await page.goto(host.origin + path);
  await page.getByRole("button", { name: "Connect to HubSpot" }).click();
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
}

/** Clicks "Connect HubSpot"; the window that opens. */
async function popup(page: Page): Promise<Page> {
  const [window] = await Promise.all([
    page.context().waitForEvent("page"),
    frame(page).getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  return window;
}

async function connected(page: Page): Promise<void> {
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is connected", { timeout: 15_000 });
}

test("a page that is isolated from its windows gets its account", async ({ page }) => {
  await portal(page, "/isolated");
  const window = await popup(page);
  await expect(window.getByRole("button", { name: "Allow access" })).toBeVisible();
  // The browser tells the page that the window is closed; the portal knows better.
  await expect(frame(page).getByText("Waiting for HubSpot")).toBeVisible();
  await expect(frame(page).getByText("window was closed")).toBeHidden();
  await window.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
  await expect(frame(page).getByRole("tab", { name: "Configuration" })).toHaveAttribute("aria-selected", "true");
});

test("an isolated page that tells nobody where it is gets its account after one more click", async ({ page }) => {
  await portal(page, "/helmet");
  const window = await popup(page);
  await expect(window.getByText(`user-${users}`)).toBeVisible();
  await window.getByRole("button", { name: "Continue" }).click();
  await window.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
});

test("where the project lists no origins a person confirms, on an isolated page too", async ({ page }) => {
  await portal(page, "/open");
  const window = await popup(page);
  await expect(window.getByText("Open wants to connect your HubSpot account.")).toBeVisible();
  await expect(window.getByText(host.origin)).toBeVisible();
  await window.getByRole("button", { name: "Continue" }).click();
  await window.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
});

test("the window that asks does so in the browser's language", async ({ browser }) => {
  const german = await browser.newContext({ locale: "de-AT" });
  const page = await german.newPage();
  await page.goto(`${host.origin}/open`);
  await page.getByRole("button", { name: "Connect to HubSpot" }).click();
  const [window] = await Promise.all([
    german.waitForEvent("page"),
    frame(page).getByRole("button", { name: "HubSpot verbinden" }).click(),
  ]);
  await expect(window.locator("html")).toHaveAttribute("lang", "de");
  await expect(window.getByRole("heading", { name: "HubSpot verbinden?" })).toBeVisible();
  await expect(window.getByText("Open möchte Ihr HubSpot-Konto verbinden.")).toBeVisible();
  await expect(window.getByText(`user-${users}`)).toBeVisible();
  await expect(window.getByRole("button", { name: "Abbrechen" })).toBeVisible();
  expect(await violations(window, "the window that asks, German", "/projects/")).toEqual([]);
  await shot(window, "window-asks-german");
  await window.getByRole("button", { name: "Weiter" }).click();
  await window.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
  await german.close();
});

test("or in the one that the page chose, to its end", async ({ page }) => {
  await simulator.faults({ denyConsent: true });
  await page.goto(`${host.origin}/chosen`);
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is not connected");
  await page.evaluate(() => (window as unknown as { openPortal: (options: object) => void }).openPortal({ language: "de" }));
  const [window] = await Promise.all([
    page.context().waitForEvent("page"),
    frame(page).getByRole("button", { name: "HubSpot verbinden" }).click(),
  ]);
  await window.getByRole("button", { name: "Weiter" }).click();
  await window.getByRole("button", { name: "Allow access" }).click();
  await expect(window.getByRole("heading", { name: "Es wurde nichts verbunden" })).toBeVisible();
  await expect(window.getByRole("status")).toHaveText("Der Zugriff wurde nicht erlaubt.");
  await expect(frame(page).getByText(/Der Zugriff auf HubSpot wurde nicht erlaubt/)).toBeVisible();
});

test("a denied consent on an isolated page is told in the window and in the portal", async ({ page }) => {
  await simulator.faults({ denyConsent: true });
  await portal(page, "/isolated");
  const window = await popup(page);
  await window.getByRole("button", { name: "Allow access" }).click();
  await expect(window.getByRole("heading", { name: "Nothing was connected" })).toBeVisible();
  await expect(window.getByRole("status")).toContainText("Access was not granted");
  await expect(frame(page).getByText(/Access to HubSpot was not given/)).toBeVisible();
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
});

test("a denied consent is told in the portal", async ({ page }) => {
  await simulator.faults({ denyConsent: true });
  await portal(page, "/acme");
  const window = await popup(page);
  await window.getByRole("button", { name: "Allow access" }).click();
  await expect(frame(page).getByText(/Access to HubSpot was not given. Connect again and allow it/)).toBeVisible();
});

test("a closed window is told in the portal, and can be opened again", async ({ page }) => {
  await portal(page, "/acme");
  const window = await popup(page);
  await expect(window.getByRole("button", { name: "Allow access" })).toBeVisible();
  await window.close();
  await expect(frame(page).getByText("The HubSpot window was closed.")).toBeVisible();
  const [again] = await Promise.all([
    page.context().waitForEvent("page"),
    frame(page).getByRole("button", { name: "Open it again" }).click(),
  ]);
  await consent(again);
  await connected(page);
});

test("a blocked window is told in the portal, and works once it is allowed", async ({ page }) => {
  await portal(page, "/acme");
  await page.evaluate(() => {
    const real = window.open.bind(window);
    window.open = () => {
      window.open = real;
      return null;
    };
  });
  await frame(page).getByRole("button", { name: "Connect HubSpot" }).click();
  await expect(frame(page).getByText(/blocked the HubSpot window. Allow pop-ups for this page/)).toBeVisible();
  await consent(await popup(page));
  await connected(page);
});

test("a window whose page no longer listens goes on by itself", async ({ page }) => {
  await portal(page, "/acme");
  // What a page's own code, an extension or another copy of the SDK may do.
  await page.evaluate(() => window.addEventListener("message", (event) => event.stopImmediatePropagation(), true));
  const lone = await popup(page);
  await expect(lone.getByRole("button", { name: "Allow access" })).toBeVisible({ timeout: 15_000 });
  await consent(lone);
  await connected(page);
});

test("a callback that is opened twice says so, and the account stays", async ({ page }) => {
  await portal(page, "/acme");
  const window = await popup(page);
  let callback = "";
  window.on("request", (request) => {
    if (request.url().startsWith(`${server.url}/oauth?`)) callback = request.url();
  });
  await consent(window);
  await connected(page);
  const again = await page.context().newPage();
  await again.goto(callback);
  await expect(again.getByRole("status")).toContainText("This sign-in was used already");
  await again.close();
  await page.reload();
  await connected(page);
});

test("the back button in the window leads to the consent again", async ({ page }) => {
  await portal(page, "/acme");
  const window = await popup(page);
  await expect(window.getByRole("button", { name: "Allow access" })).toBeVisible();
  const back = window.waitForRequest((request) => request.url().includes("/oauth-nonce"));
  await window.goBack({ waitUntil: "commit" });
  await back;
  await expect(window.getByRole("button", { name: "Allow access" })).toBeVisible();
  await consent(window);
  await connected(page);
});

test("two tabs connect at once, and both know", async ({ page }) => {
  await portal(page, "/acme");
  const other = await page.context().newPage();
  await portal(other, "/acme");
  const first = await popup(page);
  await expect(first.getByRole("button", { name: "Allow access" })).toBeVisible();
  const second = await popup(other);
  await expect(second.getByRole("button", { name: "Allow access" })).toBeVisible();
  await consent(first);
  await connected(page);
  await consent(second);
  await connected(other);
  const token = userToken(key.privateKey, `user-${users}`);
  const me = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers: { authorization: `Bearer ${token}` } });
  const state = (await me.json()) as { integrations: { hubspot: { allCredentials: { status: string }[] } } };
  // The same account twice is one account, connected again.
  expect(state.integrations.hubspot.allCredentials.map((each) => each.status)).toEqual(["VALID"]);
});

test("a provider that is slow is waited for", async ({ page }) => {
  await simulator.faults({ tokenLatencyMs: 4_000 });
  await portal(page, "/acme");
  const window = await popup(page);
  await window.getByRole("button", { name: "Allow access" }).click({ noWaitAfter: true });
  await expect(frame(page).getByText("Waiting for HubSpot")).toBeVisible();
  await connected(page);
});

test("no request of the host's page carries a cookie of ours: blocking third-party cookies breaks nothing", async ({ page }) => {
  const carried: string[] = [];
  page.on("request", async (request) => {
    if (!request.url().startsWith(server.url)) return;
    const headers = await request.allHeaders().catch(() => ({}) as Record<string, string>);
    if (headers.cookie) carried.push(request.url());
  });
  await portal(page, "/acme");
  await consent(await popup(page));
  await connected(page);
  // The window has set its cookie by now.
  expect((await page.context().cookies(server.url)).length).toBeGreaterThan(0);
  await page.reload();
  await connected(page);
  expect(carried).toEqual([]);
});

test("a page of an origin that is not allowed cannot begin in somebody's browser", async ({ page }) => {
  // Somebody with a token of their own sends a visitor of another page to our window, for the visitor's account.
  const attacker = userToken(key.privateKey, "attacker");
  const nonce =
    `${server.url}/projects/${acme.projectId}/sdk/actions/oauth-nonce?action=hubspot&integrationId=${acme.integrations.hubspot}` +
    `&originForPostMessage=${host.origin}&userToken=${attacker}`;
  const evil = await HostApp.start();
  try {
    for (const [headers, said] of [
      [{}, /not among the project's allowed origins/],
      [{ "referrer-policy": "no-referrer" }, /attacker/],
    ] as const) {
      evil.html("/", `<button onclick='window.open(${JSON.stringify(nonce)})'>You have won</button>`, { ...headers });
      await page.goto(evil.origin);
      const [window] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("button").click()]);
      await expect(window.getByText(said).first()).toBeVisible();
      const cookies = await page.context().cookies(server.url);
      expect(cookies.filter((cookie) => cookie.name.includes("oauth"))).toEqual([]);
      await window.close();
    }
  } finally {
    await evil.stop();
  }
});

/**
 * Connecting without a window of the host's page: in the whole tab, by a link from an e-mail, and in browsers that
 * keep no third-party cookies.
 */
import { chromium, expect, type FrameLocator, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { consent } from "./src/paragon-page.ts";
import { HostApp } from "./src/host-app.ts";
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
let admin: Admin;
let acme: Applied;
let users = 0;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal-links"), allow: [simulator.host] });
  admin = await Admin.setUp(server);
  writeProject(server.path("acme.yaml"), {
    project: "Acme",
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    workflows: { "Sync contacts": syncContacts() },
  });
  acme = server.apply(server.path("acme.yaml"));
  host.html("/acme", portalPage(server.url, acme.projectId));
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test.beforeEach(async () => {
  users += 1;
  host.serve("/token", "text/plain", userToken(key.privateKey, `user-${users}`));
  await simulator.faults({ denyConsent: false });
});

async function open(page: Page, options: Record<string, unknown> = {}): Promise<FrameLocator> {
  await page.goto(`${host.origin}/acme`);
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is not connected");
  await page.evaluate((given) => {
    const { openPortal } = window as unknown as { openPortal: (options: unknown) => void };
    openPortal({ language: "en", ...given });
  }, options);
  return page.frameLocator("#linchpin-connect-frame");
}

async function connected(page: Page): Promise<void> {
  await expect(page).toHaveURL(/linchpin=connected&integration=hubspot/);
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is connected");
}

test("on a phone the whole tab goes to the provider, and comes back connected", async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 740 });
  const frame = await open(page, { redirect: true });
  await frame.getByRole("button", { name: "Connect HubSpot" }).click();
  await expect(page.getByRole("heading", { name: "Connect HubSpot?" })).toBeVisible();
  await expect(page.getByText("Acme wants to connect your HubSpot account.")).toBeVisible();
  await shot(page, "portal-link");
  await page.getByRole("button", { name: "Continue to HubSpot" }).click();
  await page.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
  expect(page.context().pages()).toHaveLength(1);
});

test("where the browser blocks windows, the portal offers the tab", async ({ page }) => {
  const frame = await open(page);
  await page.evaluate(() => {
    window.open = () => null;
  });
  await frame.getByRole("button", { name: "Connect HubSpot" }).click();
  await expect(frame.getByText(/blocked the HubSpot window/)).toBeVisible();
  await frame.getByRole("link", { name: "Continue to HubSpot in this tab" }).click();
  await page.getByRole("button", { name: "Continue to HubSpot" }).click();
  await page.getByRole("button", { name: "Allow access" }).click();
  await connected(page);
});

test("a denied consent in the tab is told, with the way back", async ({ page }) => {
  await simulator.faults({ denyConsent: true });
  const frame = await open(page, { redirect: true });
  await frame.getByRole("button", { name: "Connect HubSpot" }).click();
  await page.getByRole("button", { name: "Continue to HubSpot" }).click();
  await page.getByRole("button", { name: "Allow access" }).click();
  await expect(page.getByRole("heading", { name: "Nothing was connected" })).toBeVisible();
  await page.getByRole("link", { name: "Back to the application" }).click();
  await expect(page).toHaveURL(/linchpin=failed&code=oauth_denied/);
});

async function mailLink(userId: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await admin.call<{ url: string; expiresAt: string }>(
    "POST",
    `/projects/${acme.projectId}/connect-links`,
    { userId, integration: "hubspot", ...more },
  );
  expect(Date.parse(answer.expiresAt)).toBeGreaterThan(Date.now());
  return answer.url;
}

test("a link from an e-mail connects an account, once", async ({ page }) => {
  const url = await mailLink("mail-user");
  // A mail program that looks at the link uses nothing up.
  expect((await fetch(url)).status).toBe(200);
  await page.goto(url);
  await expect(page.getByText("mail-user")).toBeVisible();
  await page.getByRole("button", { name: "Continue to HubSpot" }).click();
  await page.getByRole("button", { name: "Allow access" }).click();
  await expect(page.getByRole("heading", { name: "HubSpot is connected" })).toBeVisible();

  const headers = { authorization: `Bearer ${userToken(key.privateKey, "mail-user")}` };
  const me = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers });
  const state = (await me.json()) as { integrations: { hubspot: { enabled: boolean } } };
  expect(state.integrations.hubspot.enabled).toBe(true);

  await page.goto(url);
  await expect(page.getByText("An account was connected with this link already. It works once.")).toBeVisible();
  const unknown = await fetch(`${server.url}/connect/${"x".repeat(43)}`);
  expect(unknown.status).toBe(410);
});

test("the pages of a link are in German where the link or the browser says so", async ({ page, browser }) => {
  const url = await mailLink("deutsch");
  const german = await browser.newContext({ locale: "de-AT" });
  const there = await german.newPage();
  await there.goto(url);
  await expect(there.locator("html")).toHaveAttribute("lang", "de");
  await expect(there.getByRole("heading", { name: "HubSpot verbinden?" })).toBeVisible();
  await expect(there.getByRole("button", { name: "Weiter zu HubSpot" })).toBeVisible();
  await german.close();
  // The link says it, and the pages after the provider's know it still.
  await page.goto(`${url}?lang=de`);
  await shot(page, "link-german");
  await page.getByRole("button", { name: "Weiter zu HubSpot" }).click();
  await page.getByRole("button", { name: "Allow access" }).click();
  await expect(page.getByRole("heading", { name: "HubSpot ist verbunden" })).toBeVisible();
  await expect(page.getByText("Sie können dieses Fenster schließen.")).toBeVisible();
  await page.goto(`${url}?lang=de`);
  await expect(page.getByText("Mit diesem Link wurde schon ein Konto verbunden.")).toBeVisible();
  await page.goto(`${url}?lang=en`);
  await expect(page.getByText("An account was connected with this link already.")).toBeVisible();
});

test("a link cannot be pressed by another site, and leads back only to allowed pages", async ({ page }) => {
  const url = await mailLink("careful");
  const forged = await fetch(url, { method: "POST", headers: { "sec-fetch-site": "cross-site" } });
  expect(forged.status).toBe(400);
  await expect(mailLink("careful", { returnUrl: "https://evil.example/" })).rejects.toThrow(/422|allowed origins/);
  await expect(mailLink("careful", { expiresIn: 1 })).rejects.toThrow(/422|seconds/);
  // The page may not be framed: nobody is to press its button unseen.
  host.html("/framing", `<iframe src="${url}"></iframe>`);
  await page.goto(`${host.origin}/framing`);
  await expect(page.frameLocator("iframe").getByRole("button", { name: "Continue to HubSpot" })).toHaveCount(0);
});

test("a browser that keeps no third-party cookies connects all the same", async () => {
  const { executablePath, args } = test.info().project.use.launchOptions ?? {};
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [...(args ?? []), "--test-third-party-cookie-phaseout"],
  });
  try {
    const page = await browser.newPage();
    // It does keep none: a frame of our site within another's page asks for one in vain.
    await page.route(`${server.url}/third-party-check`, (route) =>
      route.fulfill({ contentType: "text/html", body: "<script>document.cookie='third=1;SameSite=None;Secure'; document.title=document.cookie</script>" }),
    );
    const frame = await open(page);
    await page.evaluate((src) => {
      const check = document.createElement("iframe");
      check.id = "check";
      check.src = src;
      document.body.append(check);
    }, `${server.url}/third-party-check`);
    await expect
      .poll(() => page.frames().find((each) => each.url().endsWith("/third-party-check"))?.evaluate(() => document.cookie))
      .toBe("");
    const [popup] = await Promise.all([
      page.context().waitForEvent("page"),
      frame.getByRole("button", { name: "Connect HubSpot" }).click(),
    ]);
    await consent(popup);
    await expect(page.getByRole("status").first()).toHaveText("HubSpot is connected");
    await frame.getByRole("switch", { name: "Sync contacts" }).click();
    await expect(frame.getByRole("switch", { name: "Sync contacts" })).toBeChecked();
  } finally {
    await browser.close();
  }
});

/**
 * Connect links of providers that ask something: which of several ways, what a way asks first, keys that are entered
 * instead of a consent page, and what is asked once the account is there. The pages need no script.
 */
import { type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { DESK, type DeskWorld, startDesk } from "./src/desk.ts";
import type { HostApp } from "./src/host-app.ts";
import { violations } from "./src/portal-frame.ts";
import { shot } from "./src/screens.ts";
import type { Applied, Server } from "./src/server.ts";
import type { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
let world: DeskWorld;
let desk: Simulator;
let shopify: Simulator;
let host: HostApp;
let server: Server;
let admin: Admin;
let acme: Applied;
let users = 0;
let user = "";

test.beforeAll(async () => {
  world = await startDesk("portal-link-forms", key.publicKey);
  ({ desk, shopify, host, server, applied: acme } = world);
  host.html("/settings", "<h1>Acme settings</h1>");
  admin = await Admin.setUp(server);
});

test.afterAll(async () => {
  await world?.stop();
});

test.beforeEach(async () => {
  users += 1;
  user = `user-${users}`;
  await desk.faults({ denyConsent: false });
});

async function link(integration: string, more: Record<string, unknown> = {}): Promise<string> {
  const wanted = { userId: user, integration, ...more };
  const answer = await admin.call<{ url: string }>("POST", `/projects/${acme.projectId}/connect-links`, wanted);
  return answer.url;
}

async function accounts(type: string): Promise<{ status: string; providerId: string }[]> {
  const headers = { authorization: `Bearer ${userToken(key.privateKey, user)}` };
  const answer = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers });
  const body = (await answer.json()) as {
    integrations: Record<string, { allCredentials: { status: string; providerId: string }[] }>;
  };
  return body.integrations[type]?.allCredentials ?? [];
}

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

async function chooseWay(page: Page, title: string): Promise<void> {
  const ways = page.getByRole("group", { name: "How do you want to connect?" });
  await ways.getByRole("radio", { name: title }).check();
  await press(page, "Continue");
}

test("a link asks for the shop, checks it, and goes on to the provider", async ({ page }) => {
  await page.goto(await link("shopify"));
  await expect(page.getByText("Acme wants to connect your Shopify account.")).toBeVisible();
  await expect(page.getByText(user)).toBeVisible();
  await chooseWay(page, "Sign in with Shopify");
  const shop = page.getByLabel("Shop");
  await expect(shop).toBeFocused();
  await expect(shop).toHaveAccessibleDescription(/What stands before .myshopify.com/);
  await expect(page.getByText(".myshopify.com", { exact: true })).toBeVisible();
  // The browser itself asks for what is missing.
  await press(page, "Continue to Shopify");
  await expect(shop).toHaveJSProperty("validity.valueMissing", true);
  await shop.fill("acme.evil.example/x");
  await press(page, "Continue to Shopify");
  const said = "Shop is the part of the address before .myshopify.com: letters, digits and hyphens.";
  await expect(page.getByText(said)).toBeVisible();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(shop).toHaveValue("acme.evil.example/x");
  await expect(shop).toHaveAccessibleDescription(/letters, digits/);
  await expect(shop).toBeFocused();
  // People copy the whole address.
  await shop.fill("https://ACME.myshopify.com/");
  await press(page, "Continue to Shopify");
  await press(page, "Allow access");
  await expect(page.getByRole("heading", { name: "Shopify is connected" })).toBeVisible();
  expect(await accounts("shopify")).toMatchObject([{ status: "VALID" }]);
});

test("a link connects by a key, asks for the rest, and leads back to the application", async ({ page }) => {
  const url = await link(DESK, { returnUrl: `${host.origin}/settings` });
  await page.goto(url);
  await expect(page.getByRole("radio")).toHaveCount(3);
  await chooseWay(page, "Use an API key");
  await page.getByLabel("API key").fill("wrong");
  await page.getByLabel("Region").selectOption("Europe");
  await page.getByLabel("Sender").fill("ann@acme.example");
  await press(page, "Connect Desk");
  await expect(page.getByRole("alert")).toHaveText("Desk does not accept this: that key is not known.");
  // What is no secret stays; a key is never sent back.
  await expect(page.getByLabel("Region")).toHaveValue("eu");
  await expect(page.getByLabel("Sender")).toHaveValue("ann@acme.example");
  await expect(page.getByLabel("API key")).toHaveValue("");
  expect(await accounts(DESK)).toEqual([]);
  await page.getByLabel("API key").fill("right-key");
  await press(page, "Connect Desk");
  await expect(page.getByRole("heading", { name: "Desk needs one more thing" })).toBeVisible();
  expect(await accounts(DESK)).toMatchObject([{ status: "PENDING" }]);
  // Later, or on another machine, the same link goes on from there.
  await page.goto("about:blank");
  await page.goto(url);
  await page.getByLabel("Queue").fill("  ");
  await press(page, "Finish");
  await expect(page.getByText("Queue is needed.")).toBeVisible();
  await page.getByLabel("Queue").fill("support");
  await press(page, "Finish");
  await expect(page).toHaveURL(`${host.origin}/settings?linchpin=connected&integration=custom.desk`);
  expect(await accounts(DESK)).toMatchObject([{ status: "VALID", providerId: "Acme" }]);
  await page.goto(url);
  await expect(page.getByText("An account was connected with this link already. It works once.")).toBeVisible();
});

test("what a provider asks after its consent page is asked by the link, too", async ({ page }) => {
  await page.goto(await link(DESK, { accountTypes: ["default"] }));
  await press(page, "Continue to Desk");
  await press(page, "Allow access");
  await expect(page.getByRole("heading", { name: "Desk needs one more thing" })).toBeVisible();
  await expect(page.getByLabel("Queue")).toHaveAccessibleDescription("The queue that new tickets go to.");
  await page.getByLabel("Queue").fill("support");
  await press(page, "Finish");
  await expect(page.getByRole("heading", { name: "Desk is connected" })).toBeVisible();
  expect(await accounts(DESK)).toMatchObject([{ status: "VALID" }]);
});

test("an app of the customer's own is asked for before its consent page, and a choice can be taken back", async ({ page }) => {
  await page.goto(await link(DESK, { accountTypes: ["key", "own"] }));
  await expect(page.getByRole("radio")).toHaveCount(2);
  await chooseWay(page, "Use an API key");
  await page.getByRole("link", { name: "Connect in another way" }).click();
  await chooseWay(page, "Sign in with an app of your own");
  await page.getByLabel("Client ID").fill("c-1");
  await page.getByLabel("Client secret").fill("right-secret");
  await press(page, "Continue to Desk");
  await press(page, "Allow access");
  await expect(page.getByRole("heading", { name: "Desk is connected" })).toBeVisible();
  expect(await accounts(DESK)).toMatchObject([{ status: "VALID" }]);
});

test("a link cannot be made for a way that there is not", async () => {
  await expect(link(DESK, { accountTypes: ["kye"] })).rejects.toThrow(/`kye`.*`key`/);
});

test("a link that is open in two tabs connects one account", async ({ page }) => {
  const url = await link(DESK, { accountTypes: ["key"], allowMultipleCredentials: true });
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto(url);
    await tab.getByLabel("API key").fill("right-key");
  }
  await press(page, "Connect Desk");
  await page.getByLabel("Queue").fill("support");
  await press(page, "Finish");
  await expect(page.getByRole("heading", { name: "Desk is connected" })).toBeVisible();
  await press(other, "Connect Desk");
  await expect(other.getByText("An account was connected with this link already.")).toBeVisible();
  expect(await accounts(DESK)).toHaveLength(1);
});

test("a denied consent leads back to the link, which works still", async ({ page }) => {
  await desk.faults({ denyConsent: true });
  const url = await link(DESK, { accountTypes: ["default"] });
  await page.goto(url);
  await press(page, "Continue to Desk");
  await press(page, "Allow access");
  await expect(page.getByRole("heading", { name: "Nothing was connected" })).toBeVisible();
  await expect(page.getByText("Open the link again to try once more.")).toBeVisible();
  await desk.faults({ denyConsent: false });
  await page.goto(url);
  await press(page, "Continue to Desk");
  await press(page, "Allow access");
  await expect(page.getByLabel("Queue")).toBeVisible();
});

const looks: [string, BrowserContextOptions][] = [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["narrow", { colorScheme: "light", viewport: { width: 320, height: 640 } }],
];
for (const [name, options] of looks) {
  test(`the pages of a link can be used without sight and without a script, ${name}`, async ({ browser }) => {
    const looking = await browser.newContext(options);
    const page = await looking.newPage();
    const look = async (what: string): Promise<void> => {
      expect(await violations(page, `link ${what}, ${name}`, "/connect/")).toEqual([]);
      const cut = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(cut, `${what} is wider than the window`).toBe(false);
      await shot(page, `link-${what}-${name}`);
    };
    const url = await link(DESK);
    await page.goto(url);
    await look("ways");
    await chooseWay(page, "Use an API key");
    await look("key");
    await page.getByLabel("API key").fill("wrong");
    await press(page, "Connect Desk");
    await expect(page.getByRole("alert")).toBeVisible();
    await look("refused");
    await page.goto(await link("shopify", { accountTypes: ["token"] }));
    await page.getByLabel("Shop").fill("a.b");
    await page.getByLabel("Admin API access token").fill("x");
    await press(page, "Connect Shopify");
    await expect(page.getByText(/letters, digits/)).toBeVisible();
    await look("misfit");
    await looking.close();

    const plain = await browser.newContext({ ...options, javaScriptEnabled: false });
    const reader = await plain.newPage();
    await reader.goto(url);
    await chooseWay(reader, "Use an API key");
    await reader.getByLabel("API key").fill("right-key");
    await press(reader, "Connect Desk");
    await reader.getByLabel("Queue").fill("support");
    await shot(reader, `link-rest-${name}`);
    await press(reader, "Finish");
    await expect(reader.getByRole("heading", { name: "Desk is connected" })).toBeVisible();
    // To a consent page and back, too.
    await reader.goto(await link(DESK, { accountTypes: ["own"], allowMultipleCredentials: true }));
    await reader.getByLabel("Client ID").fill("c-1");
    await reader.getByLabel("Client secret").fill("right-secret");
    await press(reader, "Continue to Desk");
    await reader.getByRole("link", { name: "Continue to Desk" }).click();
    await press(reader, "Allow access");
    await expect(reader.getByRole("heading", { name: "Desk is connected" })).toBeVisible();
    expect(await accounts(DESK)).toMatchObject([{ status: "VALID" }, { status: "VALID" }]);
    await plain.close();
  });
}

test("all that a link asks is asked in German, too", async ({ page }) => {
  await page.goto(`${await link(DESK)}?lang=de`);
  await expect(page.getByText("Acme möchte Ihr Desk-Konto verbinden.")).toBeVisible();
  const ways = page.getByRole("group", { name: "Wie möchten Sie verbinden?" });
  await ways.getByRole("radio", { name: "Use an API key" }).check();
  await press(page, "Weiter");
  await expect(page.getByText("(freiwillig)").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Auf andere Weise verbinden" })).toBeVisible();
  await page.getByLabel("API key").fill(" ");
  await press(page, "Desk verbinden");
  await expect(page.getByText("API key wird gebraucht.")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("Etwas stimmt noch nicht.");
  await page.getByLabel("API key").fill("wrong");
  await press(page, "Desk verbinden");
  await expect(page.getByRole("alert")).toHaveText("Desk nimmt das nicht an: that key is not known.");
  await page.getByLabel("API key").fill("right-key");
  await press(page, "Desk verbinden");
  await expect(page.getByRole("heading", { name: "Desk: Es fehlt noch eine Angabe" })).toBeVisible();
  await shot(page, "link-rest-german");
  await page.getByLabel("Queue").fill("support");
  await press(page, "Fertigstellen");
  await expect(page.getByRole("heading", { name: "Desk ist verbunden" })).toBeVisible();
});

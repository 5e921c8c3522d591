/**
 * What the portal offers, and how it looks, as the developer set it: theme and accent, the order of workflows, those
 * that are hidden, on from the start or for some users alone; and that disconnecting forgets what was set.
 */
import { type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { HostApp } from "./src/host-app.ts";
import { allSaved, connect, openPortal, portal, violations } from "./src/portal-frame.ts";
import { portalPage } from "./src/portal-page.ts";
import { emptyFolder } from "./src/processes.ts";
import { syncContacts, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
const ACCENT = "#8a3ffc";
let simulator: Simulator;
let host: HostApp;
let server: Server;
let users = 0;

const PRO = { any: [{ all: [{ left: "{{ user.metadata.plan }}", operator: "$stringExactlyMatches", right: "pro" }] }] };

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal-offers"), allow: [simulator.host] });
  for (const theme of ["light", "dark", "system"]) host.html(`/${theme}`, portalPage(server.url, project(theme).projectId));
});

/** A project whose portal looks like this. */
function project(theme: string): Applied {
  const path = server.path(`${theme}.yaml`);
  writeProject(path, {
    project: `Acme ${theme}`,
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    portal: { description: "Keeps your leads in HubSpot.", accentColor: ACCENT, theme, branding: false },
    settings: [{ id: "company", title: "Company name", type: "TEXT_NO_VARS", required: false }],
    workflows: {
      "Third one": syncContacts({ order: 3 }),
      "First one": syncContacts({ order: 1, defaultEnabled: true }),
      "Second one": syncContacts({ order: 2, permissions: PRO }),
      "Behind the scenes": syncContacts({ order: 0, hidden: true }),
    },
  });
  return server.apply(path);
}

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test.beforeEach(() => {
  users += 1;
  host.serve("/token", "text/plain", userToken(key.privateKey, `user-${users}`));
});

const isDark = (page: Page): Promise<boolean> =>
  portal(page)
    .locator(".card")
    .evaluate((card) => {
      const [red = 0, green = 0, blue = 0] = getComputedStyle(card).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
      return red + green + blue < 3 * 128;
    });

const looks: [string, BrowserContextOptions, boolean][] = [
  ["light", { colorScheme: "dark" }, false],
  ["dark", { colorScheme: "light" }, true],
  ["system", { colorScheme: "light" }, false],
  ["system", { colorScheme: "dark" }, true],
];
for (const [theme, options, dark] of looks) {
  test(`the theme "${theme}" in a browser that likes it ${options.colorScheme}`, async ({ browser }) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const frame = await openPortal(page, `${host.origin}/${theme}`);
    expect(await isDark(page)).toBe(dark);
    await expect(frame.getByText("Keeps your leads in HubSpot.")).toBeVisible();
    expect(await violations(page, `theme ${theme}, ${options.colorScheme}`)).toEqual([]);
    const button = frame.getByRole("button", { name: "Connect HubSpot" });
    await expect(button).toHaveCSS("background-color", "rgb(138, 63, 252)");
    await shot(page, `portal-theme-${theme}-${options.colorScheme}`);
    await context.close();
  });
}

test("workflows stand in the developer's order; hidden ones and those for others are not there", async ({ page }) => {
  const frame = await openPortal(page, `${host.origin}/light`);
  await connect(page);
  const switches = frame.getByRole("switch");
  await expect(switches).toHaveCount(2);
  // On from the start, for whoever connects from now on.
  await expect(frame.getByRole("switch", { name: "First one" })).toBeChecked();
  await expect(frame.getByRole("switch", { name: "Third one" })).not.toBeChecked();
  const places = await Promise.all(["First one", "Third one"].map((name) => frame.getByRole("switch", { name }).boundingBox()));
  expect(places[0]?.y).toBeLessThan(places[1]?.y ?? 0);

  // Who becomes one of those that it is for is offered it.
  await page.evaluate(() => {
    const { linchpin } = window as unknown as { linchpin: { setUserMetadata(data: object): Promise<unknown> } };
    return linchpin.setUserMetadata({ plan: "pro" });
  });
  const pro = await openPortal(page, `${host.origin}/light`);
  await expect(pro.getByRole("switch")).toHaveCount(3);
  await expect(pro.getByRole("switch", { name: "Second one" })).toBeVisible();
  await shot(page, "portal-offers");
});

test("disconnecting forgets what was set", async ({ page }) => {
  const frame = await openPortal(page, `${host.origin}/light`);
  await connect(page);
  await frame.getByLabel("Company name").fill("Acme GmbH");
  await allSaved(frame);
  await frame.getByRole("button", { name: "Disconnect" }).click();
  await frame.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(frame.getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await connect(page);
  await expect(frame.getByLabel("Company name")).toHaveValue("");
});

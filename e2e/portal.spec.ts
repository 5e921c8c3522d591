/**
 * The Connect Portal as a customer meets it: every type of setting, several accounts, trouble with them, and how it
 * looks and reads. Pictures of it are in `screenshots/`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, type FrameLocator, type Locator, type Page, test } from "@playwright/test";
import { consent } from "./src/paragon-page.ts";
import { HostApp } from "./src/host-app.ts";
import { allSaved, choose, connect, openPortal, portal, violations } from "./src/portal-frame.ts";
import { portalPage } from "./src/portal-page.ts";
import { emptyFolder } from "./src/processes.ts";
import { SCOPES, syncContacts, writeProject } from "./src/project-file.ts";
import { shown } from "./src/report.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
const PASSWORD = "correct-horse-battery";
let simulator: Simulator;
let host: HostApp;
let server: Server;
let acme: Applied;
/** Everything optional, to look at. */
let every: Applied;
let user = "";
let users = 0;

const SETTINGS = [
  { id: "text", title: "Company name", type: "TEXT_NO_VARS", tooltip: "As it should read in HubSpot." },
  { id: "area", title: "Note", type: "TEXTAREA_NO_VARS" },
  { id: "number", title: "Days to keep", type: "NUMBER", defaultValue: "30" },
  { id: "mail", title: "Reports go to", type: "EMAIL", placeholder: "you@company.com" },
  { id: "url", title: "Your shop", type: "URL", documentationLink: "https://acme.example/help", documentationLinkLabel: "Where do I find my shop’s address?" },
  { id: "secret", title: "Shop password", type: "PASSWORD" },
  { id: "on", title: "Include companies", type: "SWITCH" },
  { id: "flag", title: "Send a summary", type: "BOOLEAN_INPUT", defaultValue: "true" },
  { id: "choice", title: "Direction", type: "ENUM", values: [{ value: "in", label: "From HubSpot" }, { value: "out", label: "To HubSpot" }] },
  { id: "owner", title: "Contact owner", type: "DYNAMIC_ENUM", sourceType: "owners" },
  { id: "list", title: "Mailing list", type: "CUSTOM_DROPDOWN", key: "lists" },
  { id: "loaded", title: "Branch", type: "CUSTOM_DROPDOWN", key: "branches" },
  { id: "stage", title: "Deal stage", type: "COMBO_INPUT", sourceType: "dealStage" },
  { id: "value", title: "Only those with", type: "DYNAMIC_COMBO_INPUT", sourceType: "propertyValue" },
  { id: "map", title: "Fields of a lead", type: "FIELD_MAPPER", sourceType: "records", savedFieldMappings: [{ label: "Email" }, { label: "Position" }] },
  { id: "own", title: "Your own fields", type: "FIELD_MAPPER", sourceType: "contacts", useDynamicMapper: true, dynamicObjectName: "lead" },
  { id: "scopes", title: "What we may do", type: "PERMISSION", requiredScopes: ["read"], scopes: { values: [{ name: "read", label: "Read", description: "Look at your records" }, { name: "write", label: "Write", description: "Change your records" }] } },
  { id: "file", title: "List of exceptions", type: "FILE" },
  { id: "hook", title: "Webhook address", type: "COPYABLE_BUTTON_INPUT", defaultValue: "https://hooks.acme.example/in/7f3a" },
].map((setting) => ({ required: false, ...setting }));

const mapped = syncContacts({
  fieldMapping: "map",
  steps: [
    {
      create: {
        title: "Create contact",
        action: "contacts.create",
        inputs: { additionalFields: "{{ trigger.mappedIntegrationObject.fields }}" },
      },
    },
  ],
});

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal"), allow: [simulator.host] });
  const base = { publicKey: key.publicKey, provider: simulator.url, allowedOrigins: [host.origin] };
  const scopes = [...SCOPES, "crm.objects.owners.read", "crm.objects.deals.read", "crm.objects.companies.read"];
  writeProject(server.path("acme.yaml"), {
    ...base,
    project: "Acme",
    workflows: {
      "Sync contacts": syncContacts(),
      "Add to list": syncContacts({ settings: [{ id: "list", title: "List id", type: "TEXT_NO_VARS" }] }),
    },
    connectedUsers: {
      narrow: { credentials: { hubspot: { accessToken: "narrow", scopes: ["oauth", "crm.objects.contacts.read"] } } },
      dead: { credentials: { hubspot: { accessToken: "dead", refreshToken: "gone", expiresAt: "2020-01-01T00:00:00Z" } } },
      dying: { credentials: { hubspot: { accessToken: "dying", refreshToken: "gone", expiresAt: "2020-01-01T00:00:00Z" } } },
      two: {
        credentials: {
          hubspot: [
            { externalId: "north", accessToken: "north", providerId: "1" },
            { externalId: "south", accessToken: "south", providerId: "2" },
          ],
        },
      },
    },
  });
  writeProject(server.path("every.yaml"), {
    ...base,
    project: "Every",
    scopes,
    settings: SETTINGS,
    portal: { overview: "## What it does\n\nEach new lead becomes a **contact** in HubSpot.\n\n- Nothing is deleted\n- You can stop it [at any time](https://acme.example/help)\n\n<img src=x onerror=alert(1)>", accentColor: "#ff7a59", branding: true },
    workflows: { "Sync contacts": mapped, "Second workflow": syncContacts() },
  });
  acme = server.apply(server.path("acme.yaml"));
  every = server.apply(server.path("every.yaml"));
  host.html("/acme", portalPage(server.url, acme.projectId));
  host.html("/every", portalPage(server.url, every.projectId));
  for (const token of ["narrow", "north", "south"]) await simulator.accept(token);
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test.beforeEach(async () => {
  users += 1;
  be(`user-${users}`);
  await simulator.faults({ denyConsent: false, tokenLatencyMs: 0 });
});

function be(name: string): void {
  user = name;
  host.serve("/token", "text/plain", userToken(key.privateKey, name));
}

const open = (page: Page, path: string, options?: Record<string, unknown>): Promise<FrameLocator> =>
  openPortal(page, host.origin + path, options);

async function me(project: Applied): Promise<{ settings: Record<string, unknown>; text: string }> {
  const headers = { authorization: `Bearer ${userToken(key.privateKey, user)}` };
  const answer = await fetch(`${server.url}/projects/${project.projectId}/sdk/me`, { headers });
  const text = await answer.text();
  const { integrations } = JSON.parse(text) as { integrations: { hubspot: { sharedSettings: Record<string, unknown> } } };
  return { settings: integrations.hubspot.sharedSettings, text };
}

const mapping = (frame: FrameLocator): Locator => frame.getByRole("group", { name: "Fields of a lead" });

/** Fills every setting in, as a customer would. */
async function fillEverything(frame: FrameLocator): Promise<void> {
  await frame.getByLabel("Company name").fill("Acme GmbH");
  await frame.getByLabel("Note", { exact: true }).fill("First line\nSecond line");
  await frame.getByLabel("Days to keep").fill("14");
  await frame.getByLabel("Reports go to").fill("ann@acme.example");
  await frame.getByLabel("Your shop").fill("https://shop.acme.example");
  await frame.getByLabel("Shop password").fill(PASSWORD);
  await frame.getByRole("switch", { name: "Include companies" }).click();
  await frame.getByRole("switch", { name: "Send a summary" }).click();
  await frame.getByLabel("Direction").selectOption("To HubSpot");
  await choose(frame, "Contact owner", "Bob Baker");
  await frame.getByLabel("Mailing list").selectOption("VIP");
  await frame.getByRole("combobox", { name: "Branch" }).click();
  await frame.getByRole("button", { name: "Show more" }).click();
  await frame.getByRole("listbox").getByRole("option", { name: "München" }).click();
  await choose(frame, "Deal pipeline", "Partners");
  await choose(frame, /^Deal stage/, "Closed won");
  const only = frame.getByRole("group", { name: "Only those with" });
  await choose(only, "Record type", "Companies");
  await choose(only, "Property", "Industry");
  await choose(only, "Value", "Retail");
  await choose(mapping(frame), "Record type", "Contacts");
  await choose(frame, /^Email: /, "Email");
  await choose(frame, /^Position: /, "Job title");
  await choose(frame, /^Nickname: /, "First name");
  await frame.getByRole("checkbox", { name: /Write/ }).check();
  await frame.getByLabel("List of exceptions").setInputFiles({ name: "exceptions.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2") });
  await allSaved(frame);
}

const EVERYTHING = {
  text: "Acme GmbH",
  area: "First line\nSecond line",
  number: 14,
  mail: "ann@acme.example",
  url: "https://shop.acme.example",
  secret: "••••••••",
  on: true,
  flag: false,
  choice: "out",
  owner: "42",
  list: "vip",
  loaded: "münchen",
  stage: { mainInput: "7", dependentInput: "closedwon" },
  value: { mainInput: "companies", dependentInput: "industry", variableInput: "RETAIL" },
  map: { objectMapping: "contacts", fieldMappings: { Email: "email", Position: "jobtitle" }, mappingType: "STATIC" },
  own: expect.objectContaining({
    dynamicMappings: { nickname: { applicationField: "nickname", integrationField: "firstname" } },
    mappingType: "DYNAMIC",
  }),
  scopes: "read write",
  file: "a,b\n1,2",
};

test("a customer fills every type of setting in, and finds it again", async ({ page }) => {
  const frame = await open(page, "/every");
  await connect(page);
  await fillEverything(frame);
  await expect.poll(async () => (await me(every)).settings).toEqual(EVERYTHING);

  const again = await open(page, "/every");
  await expect(again.getByLabel("Company name")).toHaveValue("Acme GmbH");
  await expect(again.getByLabel("Days to keep")).toHaveValue("14");
  await expect(again.getByRole("switch", { name: "Include companies" })).toBeChecked();
  await expect(again.getByRole("switch", { name: "Send a summary" })).not.toBeChecked();
  await expect(again.getByLabel("Direction")).toHaveValue("out");
  await expect(again.getByRole("combobox", { name: "Contact owner" })).toHaveValue("Bob Baker");
  // From the second page of the host's list.
  await expect(again.getByRole("combobox", { name: "Branch" })).toHaveValue("München");
  await expect(again.getByRole("combobox", { name: /^Deal stage/ })).toHaveValue("Closed won");
  await expect(again.getByRole("combobox", { name: "Value", exact: true })).toHaveValue("Retail");
  await expect(again.getByRole("combobox", { name: /^Position: / })).toHaveValue("Job title");
  await expect(again.getByRole("combobox", { name: /^Nickname: / })).toHaveValue("First name");
  await expect(again.getByRole("checkbox", { name: /Write/ })).toBeChecked();
  await expect(again.getByText("A file is stored (7 B)")).toBeVisible();
  await expect(again.getByLabel("Webhook address")).toHaveValue("https://hooks.acme.example/in/7f3a");

  // The password is neither shown, nor sent, nor kept in clear; and the workflows still get it.
  await expect(again.getByText("Stored. It is not shown again.")).toBeVisible();
  expect((await me(every)).text).not.toContain(PASSWORD);
  const files = readdirSync(server.data).filter((file) => file.startsWith("linchpin.db"));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(readFileSync(join(server.data, file)).includes(PASSWORD), file).toBe(false);
});

test("what does not validate is said at the field, and not stored", async ({ page }) => {
  const frame = await open(page, "/every");
  await connect(page);
  await frame.getByLabel("Reports go to").fill("nobody");
  await frame.getByLabel("Your shop").fill("shop");
  await frame.getByLabel("Days to keep").fill("soon");
  await frame.getByLabel("Company name").fill("Acme");
  await allSaved(frame);
  for (const words of ["This is not an e-mail address.", "An address begins with https://.", "This is not a number."]) {
    await expect(frame.getByText(words)).toBeVisible();
  }
  expect((await me(every)).settings).toEqual({ text: "Acme" });
});

test("a long list is searched in the customer's account, and in the host's", async ({ page }) => {
  const frame = await open(page, "/every");
  await connect(page);
  const owner = frame.getByRole("combobox", { name: "Contact owner" });
  await owner.click();
  const options = frame.getByRole("listbox").getByRole("option");
  await expect(options).toHaveCount(3);
  await owner.fill("arch");
  await expect(options).toHaveCount(1);
  await owner.press("Enter");
  await expect(owner).toHaveValue("Ann Archer");
  const branch = frame.getByRole("combobox", { name: "Branch" });
  await branch.click();
  await branch.fill("mün");
  await expect(options).toHaveText(["München"]);
});

test("a workflow cannot be on until its settings are filled in", async ({ page }) => {
  const frame = await open(page, "/acme");
  await connect(page);
  const toggle = frame.getByRole("switch", { name: "Add to list" });
  await toggle.click();
  await expect(frame.getByText("Fill in List id first.")).toBeVisible();
  await expect(toggle).not.toBeChecked();
  await frame.getByLabel("List id").fill("42");
  await allSaved(frame);
  await toggle.click();
  await expect(toggle).toBeChecked();
});

test("the customer's field mapping decides what arrives where", async ({ page }) => {
  await simulator.forget();
  const frame = await open(page, "/every");
  await connect(page);
  await choose(mapping(frame), "Record type", "Contacts");
  await choose(frame, /^Email: /, "Email");
  await choose(frame, /^Position: /, "Job title");
  await allSaved(frame);
  await frame.getByRole("switch", { name: "Sync contacts" }).click();
  await expect(frame.getByRole("switch", { name: "Sync contacts" })).toHaveAttribute("aria-busy", "false");
  const sent = await fetch(`${server.url}/v2/projects/${every.projectId}/sdk/events/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${userToken(key.privateKey, user)}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Contact Created", payload: { Email: "ann@acme.example", Position: "Boss", Other: "x" } }),
  });
  expect(sent.status).toBe(201);
  await expect.poll(async () => (await simulator.contacts()).map(({ properties }) => properties)).toEqual([
    expect.objectContaining({ email: "ann@acme.example", jobtitle: "Boss" }),
  ]);
  await frame.getByRole("tab", { name: "Activity" }).click();
  await expect(frame.getByText("Created a contact: ann@acme.example")).toBeVisible();
  await expect(frame.getByText("for “Sync contacts”")).toBeVisible();
  await shot(page, "portal-activity");

  // Somebody else's account shows nothing of it.
  be(`stranger-${users}`);
  const other = await open(page, "/every");
  await connect(page);
  await other.getByRole("tab", { name: "Activity" }).click();
  await expect(other.getByText("Nothing was read or written yet.")).toBeVisible();
});

test("what was not allowed is said before anything fails, and can be allowed", async ({ page }) => {
  be("narrow");
  const frame = await open(page, "/acme");
  const notice = frame.getByRole("alert");
  await expect(notice).toContainText("cannot work yet");
  await expect(notice.getByRole("listitem")).toHaveText(["Create, change and delete contacts"]);
  await shot(page, "portal-scopes");
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    frame.getByRole("button", { name: "Grant access" }).click(),
  ]);
  await consent(popup);
  await expect(frame.getByRole("alert")).toHaveCount(0);
  await expect(frame.getByText("Waiting for HubSpot")).toHaveCount(0);
});

test("an account that HubSpot no longer accepts is connected again, with all that was set", async ({ page }) => {
  be("dead");
  await lose("dead");
  const frame = await open(page, "/acme");
  await expect(frame.getByRole("alert")).toContainText("no longer accepts this connection");
  await expect(frame.getByText("Needs to be reconnected")).toBeVisible();
  await shot(page, "portal-reconnect");
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    frame.getByRole("button", { name: "Reconnect HubSpot" }).click(),
  ]);
  await consent(popup);
  await expect(frame.getByRole("alert")).toHaveCount(0);
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
});

test("an account that was lost while the page stood open is shown so when the portal opens", async ({ page }) => {
  be("dying");
  await page.goto(`${host.origin}/acme`);
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is connected");
  await lose("dying");
  await page.evaluate(() => (window as unknown as { openPortal: (options: unknown) => void }).openPortal({}));
  await expect(portal(page).getByRole("alert")).toContainText("no longer accepts this connection");
  await expect(portal(page).getByRole("button", { name: "Reconnect HubSpot" })).toBeVisible();
});

/** Somebody looks a list up: the refresh fails, and the account is known as lost. */
async function lose(name: string): Promise<void> {
  const headers = { authorization: `Bearer ${userToken(key.privateKey, name)}`, "content-type": "application/json" };
  const body = JSON.stringify({ action: "hubspot", sourceKey: "contactProperties" });
  const answer = await fetch(`${server.url}/projects/${acme.projectId}/sdk/actions`, { method: "POST", headers, body });
  expect(answer.ok).toBe(false);
}

test("two accounts are told apart, and each has its own switches", async ({ page }) => {
  be("two");
  const frame = await open(page, "/acme");
  const accounts = frame.getByRole("radio");
  await accounts.nth(1).check();
  const toggle = frame.getByRole("switch", { name: "Sync contacts" });
  await toggle.click();
  await expect(toggle).toBeChecked();
  await accounts.nth(0).check();
  await expect(toggle).not.toBeChecked();
  await accounts.nth(1).check();
  await expect(toggle).toBeChecked();
  await shot(page, "portal-accounts");
});

test("disconnecting says what stops, and does it", async ({ page }) => {
  const frame = await open(page, "/acme");
  await connect(page);
  await frame.getByRole("switch", { name: "Sync contacts" }).click();
  await frame.getByRole("button", { name: "Disconnect" }).click();
  await expect(frame.getByRole("alertdialog")).toContainText("This stops “Sync contacts”");
  await shot(page, "portal-disconnect");
  await frame.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(frame.getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await expect(page.getByRole("status").first()).toHaveText("HubSpot is not connected");
});

test("the portal speaks German where the page or the browser asks for it", async ({ page }) => {
  const frame = await open(page, "/every", { language: "de" });
  await expect(frame.getByRole("button", { name: "HubSpot verbinden" })).toBeVisible();
  await expect(frame.getByRole("button", { name: "Schließen" })).toBeVisible();
  await expect(frame.locator("html")).toHaveAttribute("lang", "de");
});

test("markup in a host's overview is text, and the brand is shown only where it is asked for", async ({ page }) => {
  const frame = await open(page, "/every");
  await expect(frame.getByRole("heading", { name: "What it does" })).toBeVisible();
  await expect(frame.locator(".body img")).toHaveCount(0);
  await expect(frame.getByText("<img src=x onerror=alert(1)>")).toBeVisible();
  await expect(frame.getByText("Powered by Linchpin")).toBeVisible();
  const white = await open(page, "/acme");
  await expect(white.getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await expect(white.getByText("Powered by Linchpin")).toHaveCount(0);
});

test("the portal is small, and painted soon after its frame has loaded", async ({ page }) => {
  await page.context().addInitScript(() => {
    if (window.parent === window) return;
    const seen = new MutationObserver(() => {
      if (!document.querySelector("[role=dialog]")) return;
      seen.disconnect();
      // After the frame in which it is drawn.
      requestAnimationFrame(() => setTimeout(() => Object.assign(window, { painted: performance.now() })));
    });
    seen.observe(document, { childList: true, subtree: true });
  });
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const frame = await open(page, "/every");
    await expect(frame.getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
    const inside = page.frames().find((each) => each.url().startsWith(`${server.url}/ui`));
    await expect.poll(() => inside?.evaluate(() => "painted" in window)).toBe(true);
    const time = await inside?.evaluate(() => {
      const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
      return (window as unknown as { painted: number }).painted - (page?.loadEventStart ?? 0);
    });
    times.push(Math.round(time ?? Number.NaN));
  }
  const [median = Number.NaN] = [...times].sort((a, b) => a - b).slice(3);
  test.info().annotations.push(shown("first paint", JSON.stringify({ medianMs: median, allMs: times })));
  // The budget is 200 ms; machines that run tests are busy.
  expect(median).toBeLessThan(5_000);

  const sizes: Record<string, number> = {};
  const resources = await page.evaluate((base) => [`${base}/ui`, `${base}/sdk/connect.js`], server.url);
  const html = await (await fetch(resources[0] ?? "")).text();
  for (const [, path] of html.matchAll(/(?:src|href)="(\/ui-assets\/[^"]+)"/g)) resources.push(server.url + path);
  for (const url of resources) {
    const body = Buffer.from(await (await fetch(url)).arrayBuffer());
    sizes[new URL(url).pathname] = gzipSync(body, { level: 9 }).length;
  }
  const portal = Object.entries(sizes).filter(([path]) => path.startsWith("/ui"));
  const whole = portal.reduce((sum, [, size]) => sum + size, 0);
  test.info().annotations.push(shown("gzip bytes", JSON.stringify({ portal: whole, ...sizes })));
  expect(portal.length).toBeGreaterThan(2);
  expect(whole).toBeLessThan(100_000);
});

for (const scheme of ["light", "dark"] as const) {
  test(`the portal can be used without sight, in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const frame = await open(page, "/every");
    expect(await violations(page, `overview, ${scheme}`)).toEqual([]);
    await shot(page, `portal-overview-${scheme}`);
    await connect(page);
    await fillEverything(frame);
    expect(await violations(page, `settings, ${scheme}`)).toEqual([]);
    await frame.getByRole("combobox", { name: "Contact owner" }).click();
    await expect(frame.getByRole("listbox")).toBeVisible();
    expect(await violations(page, `an open list, ${scheme}`)).toEqual([]);
    await shot(page, `portal-list-${scheme}`);
    await page.keyboard.press("Escape");
    await frame.getByRole("tab", { name: "Activity" }).click();
    expect(await violations(page, `activity, ${scheme}`)).toEqual([]);
    await frame.getByRole("tab", { name: "Configuration" }).click();
    await frame.getByRole("button", { name: "Disconnect" }).click();
    expect(await violations(page, `the question before disconnecting, ${scheme}`)).toEqual([]);
    await frame.getByRole("button", { name: "Keep it connected" }).click();
    for (const [name, size] of [
      ["", { width: 1440, height: 900 }],
      ["-narrow", { width: 375, height: 740 }],
    ] as const) {
      await page.setViewportSize(size);
      const body = frame.locator(".body");
      const { scroll, view } = await body.evaluate((each) => ({ scroll: each.scrollHeight, view: each.clientHeight }));
      for (let top = 0, picture = 1; top < scroll - 40; top += view - 60, picture += 1) {
        await body.evaluate((each, to) => each.scrollTo(0, to), top);
        await shot(page, `portal-settings-${scheme}${name}-${picture}`);
      }
      expect(await body.evaluate((each) => each.scrollWidth <= each.clientWidth), "nothing is cut off").toBe(true);
    }
  });
}

test("the portal can be used by keyboard alone", async ({ page }) => {
  const frame = await open(page, "/acme");
  await connect(page);
  await frame.getByRole("tab", { name: "Configuration" }).focus();
  const toggle = frame.getByRole("switch", { name: "Sync contacts" });
  for (let press = 0; press < 12 && !(await toggle.evaluate((each) => each === document.activeElement)); press += 1) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Space");
  await expect(toggle).toBeChecked();
  // Round and round within the card.
  for (let press = 0; press < 15; press += 1) {
    await page.keyboard.press("Tab");
    expect(await frame.locator(":focus").count()).toBe(1);
  }
  await page.keyboard.press("Escape");
  await expect(page.locator("#linchpin-connect-frame")).toBeHidden();
});

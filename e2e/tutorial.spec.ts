/**
 * The tutorial from the first start to the contact in HubSpot, by clicking, as a person would: the real binary on an
 * empty data directory, the simulator and the host application each on their own.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type FrameLocator, type Locator, type Page, test } from "@playwright/test";
import { acmePage } from "./src/acme-page.ts";
import { HostApp } from "./src/host-app.ts";
import { emptyFolder, pause, until } from "./src/processes.ts";
import { EXAMPLE } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { userToken } from "./src/tokens.ts";

const FIELDS = [
  { field: "Email", variable: "email" },
  { field: "First name", variable: "first_name" },
  { field: "Last name", variable: "last_name" },
  { field: "Company name", variable: "company" },
  { field: "Job title", variable: "title" },
];

const SECRET = "hubspot-secret-marker-4711";

let simulator: Simulator;
let host: HostApp;
let server: Server;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("tutorial"), allow: [simulator.host] });
});

test.afterAll(async () => {
  await host?.stop();
  const code = await server?.program.stop();
  await simulator?.program.stop();
  expect(code).toBe(0);
});

test("the whole tutorial", async ({ page, context }) => {
  test.setTimeout(300_000);
  let projectId = "";
  let privateKey = "";
  let testToken = "";
  const nav = page.getByRole("navigation", { name: "Project" });
  const go = (name: string) => nav.getByRole("link", { name }).click();

  await test.step("first start: the set-up link makes the first member and the first project", async () => {
    await page.goto(server.setupLink);
    await page.getByLabel("Name").fill("Ada Lovelace");
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByRole("textbox", { name: "Password" }).fill("too short");
    await expect(page.getByText("At least 12 characters").last()).toBeVisible();
    await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery staple");
    await shot(page, "01-set-up");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByLabel("Project name").fill("Acme CRM");
    await shot(page, "02-first-project");
    await page.getByRole("button", { name: "Create project" }).click();
    await expect(page.getByRole("heading", { name: "Getting started" })).toBeVisible();
    projectId = /\/p\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? "";
    expect(projectId).not.toBe("");
    await shot(page, "03-overview");
    // The link works once.
    const again = await context.newPage();
    await again.goto(server.setupLink);
    await expect(again.getByText("Linchpin is set up")).toBeVisible();
    await again.close();
  });

  await test.step("1. HubSpot credentials", async () => {
    await go("Integrations");
    await shot(page, "04-integrations");
    await page.getByRole("button", { name: "Set up HubSpot" }).click();
    await expect(page.getByLabel("Redirect URL", { exact: true })).toHaveValue(new RegExp(`^${server.url}/`));
    await page.getByLabel("Client ID").fill("acme-client");
    await page.getByRole("textbox", { name: "Client secret" }).fill(SECRET);
    await page.getByRole("button", { name: "Advanced" }).click();
    await page.getByLabel("Base URL: api").fill(simulator.url);
    await page.getByLabel("Base URL: authorize").fill(simulator.url);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("HubSpot is active.")).toBeVisible();
    await page.reload();
    await expect(page.getByLabel("Client ID")).toHaveValue("acme-client");
    await expect(page.getByRole("button", { name: "Replace secret" })).toBeVisible();
    await expect(page.getByRole("switch", { name: "Active" })).toBeChecked();
    await shot(page, "05-credentials");
    // The secret can never be read back: not on the page, not in any answer.
    expect(await page.content()).not.toContain(SECRET);
    const answer = await page.request.get(`${server.url}/api/v1/projects/${projectId}/integrations`);
    expect(answer.ok()).toBe(true);
    expect(await answer.text()).not.toContain(SECRET);
    // Off and on again.
    await page.getByRole("switch", { name: "Active" }).click();
    await expect(page.getByRole("switch", { name: "Active" })).not.toBeChecked();
    await page.getByRole("switch", { name: "Active" }).click();
    await expect(page.getByRole("switch", { name: "Active" })).toBeChecked();
  });

  await test.step("2. a workflow, renamed, with a new App Event as its trigger", async () => {
    await page.getByRole("tab", { name: "Workflows" }).click();
    await page.getByRole("button", { name: "Create workflow" }).first().click();
    await page.getByRole("dialog").getByLabel("Workflow name").fill("New workflow");
    await page.getByRole("dialog").getByRole("button", { name: "Create workflow" }).click();
    await expect(page.getByRole("dialog")).toBeHidden();
    const title = page.getByRole("textbox", { name: "Workflow name" });
    await expect(title).toHaveValue("New workflow");
    await title.fill("Sync contacts");
    const renamed = page.waitForResponse((answer) => answer.request().method() === "PATCH");
    await title.press("Enter");
    expect((await renamed).status()).toBe(200);
    await page.reload();
    await expect(page.getByRole("textbox", { name: "Workflow name" })).toHaveValue("Sync contacts");

    const chooser = page.getByRole("combobox", { name: "Choose an App Event" });
    await chooser.click();
    await shot(page, "06-trigger");
    await page.getByRole("option", { name: "Create new App Event" }).click();
    const dialog = page.getByRole("dialog", { name: "Create an App Event" });
    await dialog.getByLabel("Event name").fill("Contact Created");
    const schema = dialog.getByRole("textbox", { name: "Event schema" });
    for (const [wrong, message] of [
      ["[1, 2]", /object/],
      ['{"email": }', /line 1/i],
    ] as const) {
      await schema.fill(wrong);
      await dialog.getByRole("button", { name: "Create App Event" }).click();
      await expect(dialog.getByRole("alert").filter({ hasText: message })).toBeVisible();
    }
    await shot(page, "07-app-event-wrong");
    const events = await page.request.get(`${server.url}/api/v1/projects/${projectId}/app-events`);
    expect(((await events.json()) as { items: unknown[] }).items).toEqual([]);
    await schema.fill(JSON.stringify(EXAMPLE, null, 2));
    await shot(page, "08-app-event");
    await dialog.getByRole("button", { name: "Create App Event" }).click();
    await expect(dialog).toBeHidden();
    await expect(chooser).toHaveValue("Contact Created");
  });

  await test.step("3. a HubSpot step with the event's fields as variables", async () => {
    const canvas = page.getByRole("region", { name: "Workflow canvas" });
    await canvas.getByRole("button", { name: "Add step" }).click();
    const inspector = page.getByRole("complementary", { name: "Inspector" });
    await inspector.getByRole("combobox", { name: "Action" }).click();
    await shot(page, "09-action-menu");
    await page.getByRole("option", { name: "Create contact", exact: false }).first().click();
    for (const { field, variable } of FIELDS) {
      const input = inspector.getByRole("textbox", { name: field, exact: true });
      await input.click();
      await page.keyboard.type("{{");
      const menu = page.getByRole("listbox", { name: "Variables" });
      await expect(menu).toBeVisible();
      if (field === "Email") await shot(page, "10-variable-menu");
      await menu.getByRole("option", { name: variable, exact: true }).click();
      await expect(menu).toBeHidden();
    }
    // A chip is one unit: one Backspace takes it away, undo brings it back.
    const company = inspector.getByRole("textbox", { name: "Company name", exact: true });
    await expect(company).toContainText("company");
    await company.click();
    await page.keyboard.press("End");
    await page.keyboard.press("Backspace");
    await expect(company).not.toContainText("company");
    await page.keyboard.type("{{com");
    await page.keyboard.press("Enter");
    await expect(company).toContainText("company");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Backspace");
    await expect(company).not.toContainText("company");
    await page.keyboard.type("{{company");
    await page.keyboard.press("Enter");
    await expect(company).toContainText("company");

    // A `+` on the edge inserts a step; steps can be moved and deleted.
    await canvas.getByRole("button", { name: /^Insert step before/ }).click();
    const nodes = canvas.getByRole("button", { pressed: undefined });
    await expect(inspector.getByRole("combobox", { name: "Action" })).toHaveValue("");
    await inspector.getByRole("button", { name: "Move down" }).click();
    await expect(inspector.getByRole("button", { name: "Move down" })).toHaveAttribute("aria-disabled", "true");
    await shot(page, "11-two-steps");
    await inspector.getByRole("button", { name: "Delete step" }).click();
    await expect(nodes.filter({ hasText: "Create contact" })).toHaveCount(1);
    await nodes.filter({ hasText: "Create contact" }).click();
    await savedNote(page);
    await shot(page, "12-editor");
    await page.reload();
    await canvas.getByRole("button", { name: /Create contact/ }).click();
    await expect(inspector.getByRole("textbox", { name: "Job title", exact: true })).toContainText("title");
  });

  await test.step("4. deploy", async () => {
    await expect(page.getByText("Draft", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Deploy" }).click();
    const sheet = page.getByRole("dialog", { name: "Deploy Sync contacts" });
    await expect(sheet).toBeVisible();
    await pause(400); // the sheet slides in; the picture is for people
    await shot(page, "13-deploy");
    await sheet.getByRole("button", { name: "Deploy" }).click();
    await expect(page.getByText("Deployed version 1")).toBeVisible();
    await expect(page.getByText("Deployed", { exact: true })).toBeVisible();
  });

  await test.step("5. a signing key", async () => {
    await page.goto(`${server.url}/app/p/${projectId}/settings/signing-keys`);
    await page.getByRole("button", { name: "Generate key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Generate" }).click();
    const dialog = page.getByRole("dialog", { name: "Your private key" });
    await expect(dialog).toContainText("It cannot be shown again");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Download private key" }).click(),
    ]);
    privateKey = readFileSync(await download.path(), "utf8");
    expect(privateKey).toContain("BEGIN PRIVATE KEY");
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(page.getByRole("cell", { name: "Backend", exact: true })).toBeVisible();
    await shot(page, "14-signing-keys");
    await page.reload();
    await expect(page.getByRole("cell", { name: "Backend", exact: true })).toBeVisible();
    const secretHalf = privateKey.split("\n")[3] ?? "";
    expect(secretHalf.length).toBe(64);
    expect(await page.content()).not.toContain(secretHalf);
  });

  await test.step("7. a test token, signed in the page", async () => {
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    await page.getByRole("tab", { name: "Test tokens" }).click();
    await page.getByRole("textbox", { name: "Private key" }).fill(privateKey);
    await page.getByLabel("User id").fill("user-1");
    await page.getByRole("button", { name: "Sign token" }).click();
    await expect(page.getByText("Claims", { exact: true })).toBeVisible();
    testToken = (await page.locator("pre").first().innerText()).trim();
    expect(testToken.split(".")).toHaveLength(3);
    await shot(page, "15-test-token");
    expect(sent.join("\n")).not.toContain((privateKey.split("\n")[3] ?? "").slice(0, 40));
    const me = await fetch(`${server.url}/projects/${projectId}/sdk/me`, { headers: bearer(testToken) });
    expect(me.status).toBe(200);
  });

  await test.step("6. the SDK installs from the server itself", async () => {
    const folder = emptyFolder("sdk-install");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"name":"acme","private":true,"type":"module"}');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", `${server.url}/sdk/linchpin-connect.tgz`], {
      cwd: folder,
      stdio: "pipe",
    });
    const printed = execFileSync(
      process.execPath,
      ["--input-type=module", "-e", 'import { linchpin } from "@linchpin/connect"; console.log(typeof linchpin.connect)'],
      { cwd: folder, encoding: "utf8" },
    );
    expect(printed.trim()).toBe("function");
  });

  const acme = await context.newPage();
  host.html("/", () => acmePage(server.url, projectId));
  host.serve("/token", "text/plain", () => userToken(privateKey, "user-1"));
  const portal = acme.frameLocator("iframe");

  await test.step("8. connect in the portal, turn the workflow on", async () => {
    await acme.goto(host.origin);
    await expect(acme.getByRole("status")).toHaveText("HubSpot is not connected");
    await acme.getByRole("button", { name: "Connect to HubSpot" }).click();
    await expect(portal.getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
    await shot(acme, "16-portal-overview");
    const [popup] = await Promise.all([
      context.waitForEvent("page"),
      portal.getByRole("button", { name: "Connect HubSpot" }).click(),
    ]);
    // No origins are allowed yet, so the first page names the app and asks to go on.
    await throughConsent(popup, "17-consent");
    await expect(portal.getByRole("tab", { name: "Configuration" })).toBeVisible();
    await portal.getByRole("tab", { name: "Configuration" }).click();
    const toggle = portal.getByRole("switch", { name: /Sync contacts/ });
    await expect(toggle).not.toBeChecked();
    await toggle.click();
    await expect(toggle).toBeChecked();
    await expect(acme.getByRole("listitem").filter({ hasText: "onWorkflowChange" })).toHaveCount(1);
    await shot(acme, "18-portal-configuration");
    await portal.getByRole("button", { name: "Close" }).click();
    await expect(portal.getByRole("switch", { name: /Sync contacts/ })).toBeHidden();
    // The state survives a reload.
    await acme.reload();
    await expect(acme.getByRole("status")).toHaveText("HubSpot is connected");
    await acme.getByRole("button", { name: "Connect to HubSpot" }).click();
    await expect(await workflowSwitch(portal)).toBeChecked();
    await portal.getByRole("button", { name: "Close" }).click();
  });

  await test.step("9. an App Event by the SDK and by REST", async () => {
    for (const [label, value] of [
      ["First name", "Buddha"],
      ["Last name", "Samuel"],
      ["Email", "buddha@example.com"],
      ["Company", "Acme"],
      ["Title", "Dog"],
    ] as const) {
      await acme.getByLabel(label, { exact: true }).fill(value);
    }
    await acme.getByRole("button", { name: "Add lead" }).click();
    await expect(acme.getByRole("listitem").filter({ hasText: "event sent" })).toBeVisible();
    await shot(acme, "19-host-application");
    const contacts = await until("the contact is in HubSpot", () => simulator.contacts(), (all) => all.length === 1);
    expect(contacts[0]?.properties).toMatchObject({
      firstname: "Buddha",
      lastname: "Samuel",
      email: "buddha@example.com",
      company: "Acme",
      jobtitle: "Dog",
    });

    for (const [path, key] of [
      [`/projects/${projectId}/sdk/events/trigger`, "rest-1"],
      [`/v2/projects/${projectId}/sdk/events/trigger`, "rest-2"],
    ] as const) {
      const send = () =>
        fetch(`${server.url}${path}`, {
          method: "POST",
          headers: { ...bearer(testToken), "content-type": "application/json", "idempotency-key": key },
          // A field that the schema does not know: live payloads are not validated.
          body: JSON.stringify({ name: "Contact Created", payload: { email: `${key}@example.com`, surprise: [1] } }),
        });
      const first = await send();
      expect(first.status).toBe(201);
      const second = await send();
      expect(second.status).toBe(201);
      expect(await second.json()).toEqual(await first.json());
    }
    await until("both more are in HubSpot", () => simulator.contacts(), (all) => all.length === 3);
    await acme.goto(simulator.url);
    await expect(acme.getByText("buddha@example.com")).toBeVisible();
    await shot(acme, "20-simulated-hubspot");
  });

  await test.step("a draft edit changes nothing until it is deployed", async () => {
    await page.goto(`${server.url}/app/p/${projectId}/integrations`);
    await page.getByRole("link", { name: "Open HubSpot" }).click();
    await page.getByRole("link", { name: "Sync contacts" }).click();
    await page.getByRole("button", { name: /Create contact/ }).click();
    const title = page.getByRole("textbox", { name: "Job title", exact: true });
    await title.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Edited in the draft");
    await savedNote(page);
    await expect(page.getByText("Undeployed changes", { exact: true })).toBeVisible();
    await send("draft@example.com", "Dog");
    const contact = await until("the contact is there", () => contactOf("draft@example.com"), Boolean);
    expect(contact?.properties.jobtitle).toBe("Dog");
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
    await expect(page.getByText("Deployed version 2")).toBeVisible();
    await send("deployed@example.com", "Dog");
    const after = await until("the contact is there", () => contactOf("deployed@example.com"), Boolean);
    expect(after?.properties.jobtitle).toBe("Edited in the draft");
  });

  await test.step("10. Task History shows what happened", async () => {
    await page.goto(`${server.url}/app/p/${projectId}/task-history`);
    const table = page.getByRole("table", { name: "Runs" });
    await expect(table.getByRole("row")).toHaveCount(6); // five runs and the head
    await expect(table.getByText("Succeeded")).toHaveCount(5);
    await shot(page, "21-task-history");
    await table.getByRole("link", { name: "Sync contacts" }).last().click();
    await expect(page.getByText("Succeeded").first()).toBeVisible();
    await expect(page.getByText("Input", { exact: true })).toBeVisible();
    await expect(page.getByText("Output", { exact: true })).toBeVisible();
    await expect(page.locator("pre").filter({ hasText: "jobtitle" }).first()).toContainText("buddha@example.com");
    await shot(page, "22-run");
    await page.getByRole("list", { name: "Path of the run" }).getByRole("button", { name: /App Event/ }).click();
    await expect(page.locator("pre")).toContainText('"first_name": "Buddha"');
    await shot(page, "23-run-trigger");
    expect(await page.content()).not.toContain(SECRET);
  });

  await test.step("a failing run says why", async () => {
    await send("buddha@example.com", "Dog again");
    await page.goto(`${server.url}/app/p/${projectId}/task-history`);
    await expect(page.getByRole("table", { name: "Runs" }).getByText("Failed")).toHaveCount(1);
    await page.getByRole("table", { name: "Runs" }).getByRole("link", { name: "Sync contacts" }).first().click();
    await expect(page.getByText(/already exists|conflict/i).first()).toBeVisible();
    await shot(page, "24-failed-run");
  });

  await test.step("users, App Events and the overview tell the same story", async () => {
    await go("Users");
    await page.getByRole("link", { name: "user-1" }).click();
    await expect(page.getByText("Connected", { exact: true }).first()).toBeVisible();
    await shot(page, "25-user");
    await go("App Events");
    await expect(page.getByText("Contact Created").first()).toBeVisible();
    await shot(page, "26-app-events");
    await go("Overview");
    await expect(page.getByRole("img", { name: "Not done yet" })).toHaveCount(0);
    await shot(page, "27-overview-done");
  });

  await test.step("disconnect", async () => {
    await acme.goto(host.origin);
    await acme.getByRole("button", { name: "Connect to HubSpot" }).click();
    await portal.getByRole("button", { name: "Disconnect" }).click();
    await shot(acme, "28-disconnect");
    await portal.getByRole("button", { name: "Disconnect" }).last().click();
    await expect(acme.getByRole("status")).toHaveText("HubSpot is not connected");
    await acme.reload();
    await expect(acme.getByRole("status")).toHaveText("HubSpot is not connected");
    const before = (await simulator.contacts()).length;
    await send("late@example.com", "Dog");
    await pause(1000);
    expect((await simulator.contacts()).length).toBe(before);
  });

  await test.step("signing out and in again; a restart keeps everything", async () => {
    expect(await server.program.stop()).toBe(0);
    await server.restart();
    await page.goto(`${server.url}/app/`);
    await expect(nav).toBeVisible();
    await page.getByRole("button", { name: /Ada Lovelace/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByRole("textbox", { name: "Password" }).fill("wrong password here");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await shot(page, "29-sign-in");
    await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery staple");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(nav).toBeVisible();
    await go("Task History");
    await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).not.toHaveCount(0);
  });

  async function send(email: string, title: string): Promise<void> {
    const answer = await fetch(`${server.url}/projects/${projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: { ...bearer(testToken), "content-type": "application/json" },
      body: JSON.stringify({ name: "Contact Created", payload: { ...EXAMPLE, email, title } }),
    });
    expect(answer.status).toBe(201);
  }

  async function contactOf(email: string) {
    return (await simulator.contacts()).find((contact) => contact.properties.email === email);
  }
});

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Edits are saved when the note says so: the first word of it may still be about the edit before. */
async function savedNote(page: Page): Promise<void> {
  await expect(page.getByRole("status").filter({ hasText: /^Saved$/ })).toBeVisible();
  await pause(700);
  await expect(page.getByRole("status").filter({ hasText: /^Saved$/ })).toBeVisible();
}

/** The popup: our page that may ask to go on, then the provider's consent page, then gone. */
async function throughConsent(popup: Page, picture: string): Promise<void> {
  const allow = popup.getByRole("button", { name: "Allow access" });
  const goOn = popup.getByRole("button", { name: /^(Continue|Go on)/ });
  await expect(allow.or(goOn)).toBeVisible();
  if (await goOn.isVisible()) {
    await shot(popup, `${picture}-ask`);
    await goOn.click();
  }
  await expect(allow).toBeVisible();
  await shot(popup, picture);
  const closed = popup.waitForEvent("close");
  await allow.click();
  await closed;
}

async function workflowSwitch(portal: FrameLocator): Promise<Locator> {
  const tab = portal.getByRole("tab", { name: "Configuration" });
  await expect(tab).toBeVisible();
  await tab.click();
  return portal.getByRole("switch", { name: /Sync contacts/ });
}

/** Testing a workflow against the connector's simulator: before anybody has connected an account, and by choice. */
import { expect, type Locator, type Page, test } from "@playwright/test";
import { Editor, EditorWorld } from "./src/editor.ts";
import { syncContacts } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;
/** A workflow of a project that nobody has connected to. */
let lonely: string;

test.beforeAll(async () => {
  world = await EditorWorld.start("editor-simulated", { "Sync contacts": syncContacts() });
  const call = <T>(method: string, path: string, body?: unknown) => world.admin.call<T>(method, path, body);
  const { id: project } = await call<{ id: string }>("POST", "/projects", { name: "Fresh" });
  const at = `/projects/${project}`;
  await call("POST", `${at}/app-events`, {
    name: "Contact Created",
    example: { email: "buddha@example.com", first_name: "Buddha" },
  });
  const integration = await call<{ id: string }>("POST", `${at}/integrations`, { type: "hubspot" });
  const workflow = await call<{ id: string }>("POST", `${at}/workflows`, {
    integrationId: integration.id,
    name: "Sync contacts",
  });
  await call("PATCH", `${at}/workflows/${workflow.id}`, {
    settings: [{ id: "source", title: "Source", type: "TEXT_NO_VARS", required: false, defaultValue: "web" }],
  });
  const create = { email: "{{ trigger.email }}", company: "from {{ settings.source }}" };
  await call("PUT", `${at}/workflows/${workflow.id}/draft`, {
    revision: 1,
    definition: {
      trigger: { appEvent: "Contact Created" },
      steps: [{ key: "add", title: "Add contact", action: "contacts.create", inputs: create }],
    },
  });
  lonely = `${world.server.url}/app/p/${project}/workflows/${workflow.id}`;
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

async function openTest(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Test", exact: true }).click();
  return page.getByRole("dialog", { name: "Test Sync contacts" });
}

test("Before anybody has connected an account I test the whole workflow, and see that it was simulated", async ({
  page,
}) => {
  await page.goto(lonely);
  const editor = new Editor(page);
  const sheet = await openTest(page);
  const simulate = sheet.getByRole("switch", { name: "Simulate HubSpot" });
  await expect(simulate).toBeChecked();
  await expect(simulate).toBeDisabled();
  await expect(sheet.getByText("Nobody has connected HubSpot yet.")).toBeVisible();
  await expect(sheet.getByText("nothing leaves the server")).toBeVisible();
  await sheet.getByRole("textbox", { name: "What the user has set" }).fill('{ "source": "fair" }');
  await sheet.getByRole("button", { name: "Test workflow" }).click();
  const result = sheet.getByRole("list", { name: "Results" }).getByRole("button", { name: /Add contact/ });
  await expect(result).toContainText("Succeeded");
  await expect(result).toContainText("Simulated");
  await shot(page, "39-simulated");
  await expect(editor.step("Add contact").getByRole("img", { name: "Simulated test succeeded" })).toBeVisible();

  await result.click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  await expect(panel.getByText("Simulated", { exact: true })).toBeVisible();
  await panel.getByText("Request", { exact: true }).click();
  await expect(panel.getByText(/POST https:\/\/hubspot\.simulated/)).toBeVisible();
  await expect(panel.getByText(/from fair/)).toBeVisible();
  // The provider of the other project's users has heard nothing.
  expect(await world.simulator.contacts()).toEqual([]);
});

test("I let the simulated provider refuse the next call, and see what my workflow does then", async ({ page }) => {
  await page.goto(lonely);
  const editor = new Editor(page);
  await editor.step("Add contact").click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  await panel.getByRole("button", { name: "Records and faults" }).click();
  const dialog = page.getByRole("dialog", { name: "Simulated HubSpot" });
  await expect(dialog.getByRole("combobox", { name: "Records" })).toHaveValue("contacts");
  await dialog.getByRole("button", { name: "Empty the simulator" }).click();
  await expect(dialog.getByText("No contacts yet. Tests make them.")).toBeVisible();
  await dialog.getByRole("button", { name: "Set fault" }).click();
  await expect(dialog.getByRole("status")).toContainText("asks to slow down (429)");
  await shot(page, "39-simulator");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await panel.getByRole("button", { name: "Test step" }).click();
  await expect(panel.getByText("Failed")).toBeVisible();
  await expect(panel.getByText(/slow down/)).toBeVisible();
  // The fault was for one call.
  await panel.getByRole("button", { name: "Test step" }).click();
  await expect(panel.getByText("Succeeded")).toBeVisible();
  await panel.getByRole("button", { name: "Records and faults" }).click();
  await expect(dialog.getByRole("table", { name: "contacts" }).getByRole("row", { name: /buddha@example.com/ })).toBeVisible();
});

test("With an account I choose: against HubSpot, or simulated", async ({ page }) => {
  const editor = await world.open(page, "Sync contacts");
  await editor.step("Create contact").click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  const simulate = panel.getByRole("switch", { name: "Simulate HubSpot" });
  await expect(simulate).not.toBeChecked();
  await expect(panel.getByText("Calls go to HubSpot, with the user's account.")).toBeVisible();
  await simulate.click();
  await panel.getByRole("button", { name: "Test step" }).click();
  await expect(panel.getByText("Simulated", { exact: true })).toBeVisible();
  expect(await world.simulator.contacts()).toEqual([]);
  await simulate.click();
  await panel.getByRole("button", { name: "Test step" }).click();
  await expect(panel.getByText("Succeeded")).toBeVisible();
  await expect(panel.getByText("Simulated", { exact: true })).toBeHidden();
  expect((await world.simulator.contacts()).map((contact) => contact.properties.email)).toEqual(["buddha@example.com"]);
});

test("I make several records in one call, and am offered what an action answers before I have tested it", async ({
  page,
}) => {
  const records = [{ email: "one@example.com" }, { email: "{{ trigger.email }}", firstname: "Two" }];
  await world.create("Several", {
    trigger: { appEvent: "Contact Created" },
    steps: [
      { key: "all", title: "Add both", action: "contacts.createBatch", inputs: { records } },
      {
        key: "labels",
        title: "Read labels",
        action: "associations.labels",
        inputs: { fromType: "contacts", toType: "companies" },
      },
      { key: "add", title: "Add one more", action: "contacts.create", inputs: { email: "more@example.com" } },
    ],
  });
  const editor = await world.open(page, "Several");
  await editor.step("Add one more").click();
  const email = await editor.field("Email");
  await email.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{ typeId");
  const menu = page.locator("[data-variable-menu]");
  await expect(menu.getByRole("option", { name: "typeId" }).first()).toBeVisible();
  await expect(menu).toContainText("Read labels");
  await shot(page, "40-output-sample");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("more@example.com");

  await page.getByRole("button", { name: "Test", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Test Several" });
  const simulate = sheet.getByRole("switch", { name: "Simulate HubSpot" });
  await simulate.click();
  await expect(simulate).toBeChecked();
  await sheet.getByRole("button", { name: "Test workflow" }).click();
  const results = sheet.getByRole("list", { name: "Results" });
  for (const name of ["Add both", "Read labels", "Add one more"]) {
    await expect(results.getByRole("button", { name: new RegExp(name) })).toContainText("Succeeded");
  }
  await results.getByRole("button", { name: /Add both/ }).click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  await panel.getByText("Request", { exact: true }).click();
  await expect(panel.getByText(/POST https:\/\/hubspot\.simulated.*batch\/create/)).toBeVisible();
});

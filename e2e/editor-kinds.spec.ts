/** Every way a workflow can begin, every kind of step, and every source of variables: each is chosen, and has its form. */
import { expect, type Locator, type Page, test } from "@playwright/test";
import { accessible } from "./src/dashboard.ts";
import { type Editor, EditorWorld } from "./src/editor.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

const note = { note: { title: "Note it", action: "contacts.create", inputs: { email: "{{ trigger.email }}" } } };
const begins = { trigger: { appEvent: "Contact Created" }, steps: [note] };

test.beforeAll(async () => {
  world = await EditorWorld.start("editor-kinds", { Begins: begins, Steps: begins, Sources: begins });
  const project = `/projects/${world.projectId}`;
  await world.admin.call("PUT", `${project}/secrets/CRM_TOKEN`, { value: "hush" });
  await world.admin.call("PATCH", project, { userMetadata: { plan: "pro" } });
  const { items } = await world.admin.call<{ items: { id: string }[] }>("GET", `${project}/integrations`);
  const list = { id: "mailing_list", title: "Mailing list", type: "TEXT_NO_VARS", required: false };
  await world.admin.call("PATCH", `${project}/integrations/${items[0]?.id}`, { settings: [list] });
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

/** The ways to begin: how it is called in the list, and what its form has. */
const TRIGGERS: [string, (inspector: Locator) => Locator][] = [
  ["Request", (inspector) => inspector.getByRole("button", { name: "Copy address" })],
  ["Schedule", (inspector) => inspector.getByRole("combobox", { name: "When" })],
  ["Integration Enabled", (inspector) => inspector.getByText(/once for each configuration, when its account/)],
  ["Event at HubSpot", (inspector) => inspector.getByRole("combobox", { name: "Event" })],
  ["Webhook", (inspector) => inspector.getByText("Addresses", { exact: true })],
  ["App Event", (inspector) => inspector.getByRole("combobox", { name: "Choose an App Event" })],
];

test("I let a workflow begin in each of the ways there are, and each has its form", async ({ page }) => {
  test.setTimeout(180_000);
  const editor = await world.open(page, "Begins");
  await editor.step("App Event").click();
  const kind = editor.inspector.getByRole("combobox", { name: "What starts it" });
  for (const [label, field] of TRIGGERS) {
    await kind.click();
    await page.getByRole("option", { name: label, exact: true }).click();
    await expect(field(editor.inspector)).toBeVisible();
    await expect(editor.canvas.locator("button[aria-pressed]").first()).toContainText(label === "Event at HubSpot" ? "Provider event" : label);
    await accessible(page);
    await shot(page, `43-begins-${label.toLowerCase().replaceAll(" ", "-")}`);
  }
  await editor.inspector.getByRole("combobox", { name: "Choose an App Event" }).click();
  await page.getByRole("option", { name: "Contact Created" }).click();
  await editor.saved();
  await page.reload();
  await expect(editor.step("App Event")).toContainText("Contact Created");
});

/** The kinds of steps: how each is called, and what its form has. */
const STEPS: [string, (editor: Editor, page: Page) => Locator][] = [
  ["Condition", ({ inspector }) => inspector.getByRole("combobox", { name: "Operator of condition 1" })],
  ["Loop", ({ inspector }) => inspector.getByRole("textbox", { name: "Name of the item" })],
  ["Delay", ({ inspector }) => inspector.getByRole("combobox", { name: "Unit" })],
  ["Function", ({ inspector }) => inspector.getByRole("textbox", { name: "Code" })],
  ["HTTP request", ({ inspector }) => inspector.getByRole("combobox", { name: "Method" })],
  ["Response", ({ inspector }) => inspector.getByRole("radiogroup", { name: "What is answered" })],
];

test("I add each kind of step, and each has its form", async ({ page }) => {
  test.setTimeout(180_000);
  const editor = await world.open(page, "Steps");
  for (const [kind, field] of STEPS) {
    await editor.all();
    await editor.canvas.getByRole("button", { name: "Add step", exact: true }).click();
    await editor.inspector.getByRole("button", { name: new RegExp(`^${kind}`) }).click();
    await expect(field(editor, page)).toBeVisible();
    await expect(editor.step(kind)).toBeVisible();
    await accessible(page);
  }
  await editor.all();
  expect(await editor.order()).toEqual(["App Event", "Note it", "Condition", "Loop", "Delay", "Function", "HTTP request", "Response"]);
  await shot(page, "44-kinds-of-steps");
  await editor.saved();
});

test("Two braces offer what the trigger gives, settings, the user and secrets", async ({ page }) => {
  const editor = await world.open(page, "Sources");
  await editor.step("Note it").click();
  const field = await editor.field("First name");
  for (const [source, variable, written] of [
    ["Trigger", "last_name", "{{ trigger.last_name }}"],
    ["Settings", "mailing_list", "{{ settings.mailing_list }}"],
    ["User", "plan", "{{ user.metadata.plan }}"],
    ["Secrets", "CRM_TOKEN", "{{ secrets.CRM_TOKEN }}"],
  ] as const) {
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("{{");
    await page.getByRole("tab", { name: source, exact: true }).click();
    const menu = page.getByRole("listbox", { name: "Variables" });
    await menu.getByRole("option", { name: new RegExp(variable) }).click();
    await expect(menu).toBeHidden();
    await expect(field).toContainText(variable);
    await editor.saved();
    await expect
      .poll(async () => {
        const path = `/projects/${world.projectId}/workflows/${world.workflows.Sources}`;
        const { draft } = await world.admin.call<{ draft: { steps: { inputs: Record<string, string> }[] } }>("GET", path);
        return draft.steps[0]?.inputs.firstname;
      })
      .toBe(written);
  }
});

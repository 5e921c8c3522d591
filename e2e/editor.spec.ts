/** The workflow editor: moving and copying steps, the keyboard, tests, variables, two windows, safe deploys. */
import { expect, test } from "@playwright/test";
import { type Editor, EditorWorld } from "./src/editor.ts";
import { pause, until } from "./src/processes.ts";
import { syncContacts } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

const create = (title: string, email: string) => ({ title, action: "contacts.create", inputs: { email } });

/** Five steps, two of them in branches and one in a loop. */
const routed = {
  trigger: { appEvent: "Contact Created" },
  steps: [
    {
      tidy: {
        title: "Tidy up",
        function: {
          parameters: { email: "{{ trigger.email }}" },
          code: "return parameters.email.toLowerCase();",
        },
      },
    },
    {
      known: {
        title: "Is it known?",
        if: { any: [{ all: [{ left: "{{ trigger.company }}", operator: "$exists" }] }] },
        then: [{ yes: create("Add with company", "{{ steps.tidy.result }}") }],
        else: [{ no: create("Add without", "{{ steps.tidy.result }}") }],
      },
    },
    {
      each: {
        title: "For everybody",
        forEach: "{{ trigger.people }}",
        steps: [{ person: create("Add person", "{{ item }}") }],
      },
    },
    { wait: { title: "Wait", delay: { amount: 1, unit: "seconds" } } },
  ],
};

test.beforeAll(async () => {
  world = await EditorWorld.start("editor", {
    "Sync contacts": syncContacts(),
    Routed: routed,
    "Routed by keys": routed,
    "Paste here": syncContacts(),
    "Two windows": syncContacts(),
    Tested: routed,
    "Safe to deploy": syncContacts(),
  });
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

test("I drag a step into a branch and several into a loop, and take it back", async ({ page }) => {
  const editor = await world.open(page, "Routed");
  await editor.all();
  const before = await editor.order();
  expect(before).toEqual([
    "App Event",
    "Tidy up",
    "Is it known?",
    "Add with company",
    "Add without",
    "For everybody",
    "Add person",
    "Wait",
  ]);
  await drag(editor, "Wait", "Add without");
  await expect(editor.step("Wait")).toHaveAttribute("aria-pressed", "false");
  expect((await editor.order()).indexOf("Wait")).toBeLessThan(
    (await editor.order()).indexOf("For everybody"),
  );
  await page.keyboard.press("Control+z");
  await expect.poll(() => editor.order()).toEqual(before);
  await page.keyboard.press("Control+Shift+z");
  await editor.saved();
  await page.reload();
  await expect(editor.step("Wait")).toBeVisible();
  await editor.all();
  expect((await editor.order()).indexOf("Wait")).toBeLessThan(
    (await editor.order()).indexOf("For everybody"),
  );

  // Two that are chosen together go together.
  await editor.step("Add with company").click();
  await editor.step("Wait").click({ modifiers: ["Control"] });
  await expect(editor.inspector.getByRole("heading", { name: "2 steps chosen" })).toBeVisible();
  await drag(editor, "Wait", "Add person");
  await expect
    .poll(() => editor.order())
    .toEqual([
      "App Event",
      "Tidy up",
      "Is it known?",
      "Add without",
      "For everybody",
      "Add person",
      "Add with company",
      "Wait",
    ]);
});

test("I copy steps, paste them into another workflow, and read them as text", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const editor = await world.open(page, "Routed by keys");
  await editor.all();
  await editor.step("Tidy up").click();
  await editor.step("Is it known?").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+c");
  await expect(page.getByText("4 steps copied")).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect((JSON.parse(text) as object[]).map((step) => Object.keys(step)[0])).toEqual(["tidy", "known"]);

  const other = await world.open(page, "Paste here");
  await other.step("Create contact").click();
  await page.keyboard.press("Control+v");
  await expect(other.inspector.getByRole("heading", { name: "2 steps chosen" })).toBeVisible();
  await other.all();
  expect((await other.order()).slice(0, 4)).toEqual([
    "App Event",
    "Create contact",
    "Tidy up",
    "Is it known?",
  ]);
  // Pasted again they have keys of their own and mean each other.
  await page.keyboard.press("Control+v");
  await other.saved();
  const id = world.workflows["Paste here"] ?? "";
  const { draft, problems } = await world.admin.call<{ draft: { steps: Step[] }; problems: unknown[] }>(
    "GET",
    `/projects/${world.projectId}/workflows/${id}`,
  );
  expect(draft.steps.map((step) => step.key)).toEqual([
    "create_contact",
    "tidy",
    "known",
    "tidy_2",
    "known_2",
  ]);
  expect(draft.steps[4]?.then?.[0]?.inputs.email).toBe("{{ steps.tidy_2.result }}");
  expect(problems).toEqual([]);
  // What is no step is said to be none.
  await page.evaluate(() => navigator.clipboard.writeText("hello"));
  await page.keyboard.press("Control+v");
  await expect(page.getByText("Nothing to paste")).toBeVisible();
});

interface Step {
  key: string;
  inputs: Record<string, unknown>;
  then?: Step[];
}

test("I build with the keyboard alone: add, choose, fill in, move, duplicate and delete", async ({
  page,
}) => {
  const editor = await world.open(page, "Sync contacts");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  // Tab comes to the chosen step; the arrows go on from there.
  await editor.step("Create contact").focus();
  await press("ArrowUp");
  await expect(editor.step("App Event")).toBeFocused();
  await press("ArrowDown");
  await expect(editor.step("Create contact")).toBeFocused();
  await press("a");
  await expect(editor.inspector.getByRole("textbox", { name: "Step name" })).toHaveValue("New step");
  await editor.step("New step").focus();
  await press("Enter");
  await expect(editor.inspector.getByRole("combobox", { name: "Action" })).toBeFocused();
  await page.keyboard.type("update contact");
  await press("ArrowDown", "Enter");
  await expect(editor.inspector.getByRole("textbox", { name: "Step name" })).toHaveValue("Update contact");
  await press("Tab");
  await page.keyboard.type("{{");
  const menu = page.getByRole("listbox", { name: "Variables" });
  await expect(menu).toBeVisible();
  // Sources are to the left and right: the next one is the step above.
  await press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Create contact" })).toHaveAttribute("aria-selected", "true");
  await press("Enter");
  await expect(menu).toBeHidden();
  await press("Escape");
  await expect(editor.step("Update contact")).toBeFocused();
  await press("Control+d");
  await expect(editor.step("Update contact")).toHaveCount(2);
  await press("Alt+ArrowUp", "Alt+ArrowUp");
  await expect
    .poll(() => editor.order())
    .toEqual(["App Event", "Update contact", "Create contact", "Update contact"]);
  await press("Delete");
  await expect.poll(() => editor.order()).toEqual(["App Event", "Create contact", "Update contact"]);
  await press("Shift+?");
  const shortcuts = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(shortcuts.getByText("Open the chosen step's form")).toBeVisible();
  await shot(page, "31-shortcuts");
  await press("Escape");
  await expect(shortcuts).toBeHidden();
  await press("Control+k");
  await page.keyboard.type("delete step");
  await press("Enter");
  await expect.poll(() => editor.order()).toEqual(["App Event", "Update contact"]);
  await press("Control+z");
  await expect.poll(() => editor.order()).toEqual(["App Event", "Create contact", "Update contact"]);
  await editor.saved();
});

test("I test the workflow as Ann, look at request and response, and pin what a step answered", async ({
  page,
}) => {
  const editor = await world.open(page, "Tested");
  await editor.all();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Test Tested" });
  await expect(sheet.getByRole("combobox", { name: "Test as" })).toHaveValue("Ann (ann)");
  const payload = sheet.getByRole("textbox", { name: "What the trigger gives" });
  await payload.fill("{ no");
  await expect(sheet.getByRole("alert").filter({ hasText: "not JSON yet" })).toBeVisible();
  await expect(sheet.getByRole("button", { name: "Test workflow" })).toBeDisabled();
  await payload.fill(
    JSON.stringify({ email: "Tess@Example.com", company: "Acme", people: ["p1@example.com"] }),
  );
  await sheet.getByRole("button", { name: "Test workflow" }).click();
  const results = sheet.getByRole("list", { name: "Results" });
  await expect(results.getByRole("button", { name: /Add with company/ })).toContainText("Succeeded");
  await expect(results.getByRole("button", { name: /Add without/ })).toHaveCount(0);
  await shot(page, "32-test");
  const found = (await world.simulator.contacts()).map((contact) => contact.properties.email);
  expect(found.sort()).toEqual(["p1@example.com", "tess@example.com"]);

  await results.getByRole("button", { name: /Add with company/ }).click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  await expect(panel.getByText("Succeeded")).toBeVisible();
  await panel.getByText("Request", { exact: true }).click();
  await expect(panel.getByText(/POST http:\/\/localhost/)).toBeVisible();
  await panel.getByText("Response", { exact: true }).click();
  await expect(panel.getByText(/^201/)).toBeVisible();
  await panel.getByRole("button", { name: "Pin this output" }).click();
  await expect(panel.getByText("The output is pinned")).toBeVisible();
  await expect(editor.step("Add with company").getByRole("img", { name: "Output pinned" })).toBeVisible();
  await shot(page, "33-pinned");

  // Pinned, it is not sent again: the same address would be a conflict.
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await payload.fill(JSON.stringify({ email: "Tess@Example.com", company: "Acme", people: [] }));
  await sheet.getByRole("button", { name: "Test again" }).click();
  await expect(results.getByRole("button", { name: /For everybody/ })).toBeVisible();
  await expect(results.getByRole("button", { name: /Add with company/ })).toContainText("Succeeded");
  await page.keyboard.press("Escape");

  // One step alone: a failure is shown with what the provider said.
  await editor.step("Add without").click();
  await panel.getByRole("button", { name: "Test step" }).click();
  await expect(panel.getByText("Failed")).toBeVisible();
  await expect(panel.getByText(/already/i).first()).toBeVisible();
  const runs = await world.admin.call<{ items: unknown[] }>(
    "GET",
    `/projects/${world.projectId}/runs?workflowId=${world.workflows.Tested}`,
  );
  expect(runs.items).toEqual([]);
});

test("I see what a variable comes to, and a mistyped one is mended in a click", async ({ page }) => {
  const editor = await world.open(page, "Tested");
  await editor.step("Add without").click();
  const email = await editor.field("Email");
  await email.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{ trigger.email | upper }}");
  await expect(editor.inspector.getByText("= BUDDHA@EXAMPLE.COM")).toBeVisible();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{ trigger.emial }}");
  await expect(editor.inspector.getByText(/example has no “emial”/)).toBeVisible();
  await editor.inspector.getByRole("button", { name: "Use trigger.email" }).click();
  await expect(editor.inspector.getByText(/has no/)).toBeHidden();
  await email.click();
  await expect(editor.inspector.getByText("= buddha@example.com")).toBeVisible();
  // The server's own checker speaks, too.
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{ trigger.email | shout }}");
  await expect(editor.inspector.getByText(/shout/).last()).toBeVisible();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{");
  const menu = page.locator("[data-variable-menu]");
  await expect(menu.getByRole("option", { name: "first_name" })).toBeVisible();
  await expect(menu.getByRole("img", { name: "text" }).first()).toBeVisible();
  await expect(menu.locator("[data-preview]")).toContainText("Buddha");
  await shot(page, "34-variables");
  await page.keyboard.press("Enter");
  await expect(email).toContainText("first_name");
});

test("I say who may have the workflow, and how the portal shows it", async ({ page }) => {
  await world.open(page, "Paste here");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const sheet = page.getByRole("dialog", { name: "Settings of Paste here" });
  await sheet.getByLabel("Description").fill("For those with a plan");
  await sheet.getByRole("textbox", { name: "Place in the portal" }).fill("7");
  await sheet.getByRole("switch", { name: "Hidden in the portal" }).click();
  await sheet.getByRole("button", { name: "Add condition" }).click();
  await sheet.getByRole("textbox", { name: "Left side of condition 1" }).fill("{{ trigger.email }}");
  await sheet.getByRole("combobox", { name: "Operator of condition 1" }).click();
  await page.getByRole("option", { name: "text exactly matches" }).click();
  await sheet.getByRole("textbox", { name: "Right side of condition 1" }).fill("enterprise");
  await sheet.getByRole("button", { name: "Save settings" }).click();
  // Permissions look at the user alone.
  await expect(sheet.getByText(/there is no `trigger` here/)).toBeVisible();
  await sheet.getByRole("textbox", { name: "Left side of condition 1" }).fill("{{ user.metadata.plan }}");
  await expect(sheet.getByText(/there is no `trigger` here/)).toHaveCount(0);
  await pause(400); // the sheet slides in; the picture is for people
  await shot(page, "38-workflow-settings");
  await sheet.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Settings saved")).toBeVisible();
  const path = `/projects/${world.projectId}/workflows/${world.workflows["Paste here"]}`;
  expect(await world.admin.call("GET", path)).toMatchObject({
    description: "For those with a plan",
    order: 7,
    hidden: true,
    usersEnabled: 0,
    permissions: {
      any: [
        {
          all: [{ left: "{{ user.metadata.plan }}", operator: "$stringExactlyMatches", right: "enterprise" }],
        },
      ],
    },
  });
});

test("In two windows nothing is lost: edits are merged, or I choose", async ({ page, context }) => {
  const here = await world.open(page, "Two windows");
  const second = await context.newPage();
  const there = await world.open(second, "Two windows");
  for (const editor of [here, there]) await editor.step("Create contact").click();
  const type = async (editor: Editor, field: string, text: string) => {
    await (await editor.field(field)).click();
    await editor.page.keyboard.press("Control+a");
    await editor.page.keyboard.type(text);
  };
  await type(here, "Company name", "Here");
  await here.saved();
  await type(there, "Job title", "There");
  await expect(second.getByText("Merged with other edits")).toBeVisible();
  await expect(await there.field("Company name")).toContainText("Here");
  await there.saved();

  // The same field: nothing is overwritten before somebody has chosen.
  await page.bringToFront();
  await page.reload();
  await expect(await here.field("Job title")).toContainText("There");
  await type(here, "First name", "one");
  await here.saved();
  await second.bringToFront();
  await type(there, "First name", "two");
  const conflict = second.getByRole("alert").filter({ hasText: "Somebody else changed this workflow" });
  await expect(conflict).toBeVisible();
  await shot(second, "35-conflict");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await there.saved();
  await page.bringToFront();
  await page.reload();
  await expect(await here.field("First name")).toContainText("two");
  await second.close();
});

test("Before I deploy I see what it would have sent, and afterwards I roll back in one click", async ({
  page,
}) => {
  for (const [user, email, title] of [
    ["ann", "a@safe.example", "Boss"],
    ["ann", "b@safe.example", ""],
    ["bob", "c@safe.example", "Dog"],
  ] as const) {
    await world.event(user, "Contact Created", { email, first_name: "X", title });
  }
  const id = world.workflows["Safe to deploy"] ?? "";
  const path = `/projects/${world.projectId}/runs?workflowId=${id}`;
  await until(
    "three runs",
    () => world.admin.call<{ items: { state: string }[] }>("GET", path),
    ({ items }) => items.filter((run) => run.state === "succeeded" || run.state === "failed").length === 3,
  );
  const calls = (await world.simulator.contacts()).length;
  const editor = await world.open(page, "Safe to deploy");
  await editor.step("Create contact").click();
  await (await editor.field("Job title")).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Backspace");
  await (await editor.field("Company name")).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Acme");
  await editor.saved();
  await page.getByRole("button", { name: "Deploy" }).click();
  const sheet = page.getByRole("dialog", { name: "Deploy Safe to deploy" });
  await expect(sheet.getByText("2 users have it on.")).toBeVisible();
  const forecast = sheet.getByRole("region", { name: "What would be sent" });
  await expect(forecast.getByText("Something else for 3 of the last 3 runs, 2 of 2 users.")).toBeVisible();
  const changes = forecast.getByRole("list", { name: "Changes" });
  await expect(changes.getByText(/company is filled in for 2 of 2 users, 3 runs/)).toBeVisible();
  await expect(changes.getByText(/jobtitle becomes empty for 2 of 2 users, 2 runs/)).toBeVisible();
  await forecast.getByRole("button", { name: /bob/ }).click();
  await expect(forecast.getByText("jobtitle: Dog → empty")).toBeVisible();
  await pause(400); // the sheet slides in; the picture is for people
  await shot(page, "36-forecast");
  // Nothing was sent to find out.
  expect((await world.simulator.contacts()).length).toBe(calls);
  await sheet.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(page.getByText("Deployed version 2")).toBeVisible();

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  const versions = page.getByRole("dialog", { name: "Versions of Safe to deploy" });
  await versions.getByRole("button", { name: "Compare version 1 with the draft" }).click();
  await expect(versions.getByText("company: {{ trigger.company }} → Acme")).toBeVisible();
  await shot(page, "37-versions");
  await versions.getByRole("button", { name: "Roll back to version 1" }).click();
  await expect(page.getByText("Rolled back to version 1")).toBeVisible();
  await expect(await editor.field("Company name")).toContainText("company");
  await expect(page.getByText("Deployed", { exact: true })).toBeVisible();
});

/** Picks a step up and lets it go below another. */
async function drag(editor: Editor, name: string, below: string): Promise<void> {
  await editor.still();
  const from = await editor.step(name).boundingBox();
  const to = await editor.step(below).boundingBox();
  if (!from || !to) throw new Error("both steps are in view");
  const { mouse } = editor.page;
  await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await mouse.down();
  await mouse.move(from.x + from.width / 2 + 12, from.y + from.height / 2 + 12, { steps: 3 });
  await mouse.move(to.x + to.width / 2, to.y + to.height + 8, { steps: 6 });
  await expect(editor.page.locator("[data-drop-place]")).toBeVisible();
  await mouse.up();
  await expect(editor.page.locator("[data-drop-place]")).toBeHidden();
}

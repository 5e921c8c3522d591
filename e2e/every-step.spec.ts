/** A nested workflow built by clicking, deployed, run by an App Event, and seen in Task History. */
import { expect, type Page, test } from "@playwright/test";
import { type Editor, EditorWorld } from "./src/editor.ts";
import { pause, until } from "./src/processes.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

test.beforeAll(async () => {
  world = await EditorWorld.start("every-step", {});
  await world.create("Route a lead", { trigger: { appEvent: "Contact Created" }, steps: [] });
});

test.afterAll(() => world?.stop());

test("I build a workflow with a Function, a condition, a loop and a request, deploy it, and see its run", async ({ page }) => {
  test.setTimeout(240_000);
  await world.signIn(page);
  const editor = await world.open(page, "Route a lead");
  const { canvas, inspector } = editor;

  await test.step("a Function that tidies the address", async () => {
    await canvas.getByRole("button", { name: "Add step" }).click();
    await inspector.getByRole("button", { name: /^Function/ }).click();
    await rename(editor, "Tidy up");
    await inspector.getByRole("button", { name: "Add parameter" }).click();
    await inspector.getByRole("textbox", { name: "Name of parameter 1" }).fill("email");
    await choose(page, editor, "Value of email", "email");
    await inspector.getByRole("textbox", { name: "Code" }).fill("return parameters.email.trim().toLowerCase();");
  });

  await test.step("a condition with a step in each branch", async () => {
    await canvas.getByRole("button", { name: "Add step", exact: true }).click();
    await inspector.getByRole("button", { name: /^Condition/ }).click();
    await rename(editor, "Has a company?");
    await choose(page, editor, "Left side of condition 1", "company");
    await inspector.getByRole("combobox", { name: "Operator of condition 1" }).click();
    await page.getByRole("option", { name: "exists", exact: true }).click();
    await canvas.getByRole("button", { name: "Add step to Yes of Has a company?" }).click();
    await action(page, editor, "Create contact");
    await rename(editor, "Add the lead");
    await write(editor, "Email", "{{ steps.tidy_up.result }}");
    await write(editor, "Company name", "{{ trigger.company }}");
    await canvas.getByRole("button", { name: "Add step to No of Has a company?" }).click();
    await inspector.getByRole("button", { name: /^Delay/ }).click();
  });

  await test.step("a loop over the people, with a step for each", async () => {
    await canvas.getByRole("button", { name: "Add step", exact: true }).click();
    await inspector.getByRole("button", { name: /^Loop/ }).click();
    await rename(editor, "For each colleague");
    await write(editor, "List", "{{ trigger.people }}");
    await inspector.getByRole("textbox", { name: "Name of the item" }).fill("colleague");
    await canvas.getByRole("button", { name: "Add step in For each colleague" }).click();
    await action(page, editor, "Create contact");
    await rename(editor, "Add the colleague");
    await write(editor, "Email", "{{ colleague }}");
  });

  await test.step("a request to the provider at the end", async () => {
    await canvas.getByRole("button", { name: "Add step", exact: true }).click();
    await inspector.getByRole("button", { name: /^HTTP request/ }).click();
    await write(editor, "Address", "/crm/objects/2026-03/contacts");
    await editor.saved();
    await editor.all();
    expect(await editor.order()).toEqual([
      "App Event",
      "Tidy up",
      "Has a company?",
      "Add the lead",
      "Delay",
      "For each colleague",
      "Add the colleague",
      "HTTP request",
    ]);
    await shot(page, "39-every-step");
  });

  await test.step("deployed, it runs", async () => {
    await page.getByRole("button", { name: "Deploy", exact: true }).click();
    const sheet = page.getByRole("dialog", { name: "Deploy Route a lead" });
    await pause(400); // the sheet slides in; the picture is for people
    await shot(page, "40-every-step-deploy");
    await sheet.getByRole("button", { name: "Deploy", exact: true }).click();
    await expect(page.getByText(/^Deployed version/)).toBeVisible();
    await world.enable("ann", "Route a lead");
    await world.event("ann", "Contact Created", {
      email: " Lead@Example.com ",
      company: "Acme",
      people: ["one@example.com", "two@example.com"],
    });
    const emails = await until(
      "three contacts",
      async () => (await world.simulator.contacts()).map((contact) => contact.properties.email),
      (found) => found.length === 3,
    );
    expect(emails.sort()).toEqual(["lead@example.com", "one@example.com", "two@example.com"]);
  });

  await test.step("Task History shows the branch that was taken and each item", async () => {
    await page.getByRole("link", { name: "Task History" }).click();
    await page.getByRole("table", { name: "Runs" }).getByRole("link", { name: "Route a lead" }).first().click();
    await expect(page.getByText("Succeeded").first()).toBeVisible();
    for (const name of ["Tidy up", "Has a company?", "Add the lead", "For each colleague", "Add the colleague"]) {
      await expect(page.getByText(name, { exact: true }).first()).toBeVisible();
    }
    await shot(page, "41-every-step-run");
  });
});

async function rename(editor: Editor, name: string): Promise<void> {
  const input = editor.inspector.getByRole("textbox", { name: "Step name" });
  await input.fill(name);
  await input.press("Enter");
  await expect(editor.step(name)).toBeVisible();
}

async function action(page: Page, editor: Editor, name: string): Promise<void> {
  await editor.inspector.getByRole("combobox", { name: "Action" }).click();
  await page.getByRole("option", { name, exact: true }).click();
}

/** Chooses a variable from the menu. */
async function choose(page: Page, editor: Editor, field: string, variable: string): Promise<void> {
  await (await editor.field(field)).click();
  await page.keyboard.type("{{");
  const menu = page.getByRole("listbox", { name: "Variables" });
  await menu.getByRole("option", { name: variable, exact: true }).click();
  await expect(menu).toBeHidden();
}

/** Writes into a field as a person does who knows the names. */
async function write(editor: Editor, field: string, text: string): Promise<void> {
  await (await editor.field(field)).fill(text);
}

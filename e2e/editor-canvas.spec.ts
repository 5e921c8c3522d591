/** The canvas and the fields by mouse: inserting on a line, the menu of a step, the map, variables, what an account offers. */
import { expect, test } from "@playwright/test";
import { accessible } from "./src/dashboard.ts";
import { EditorWorld } from "./src/editor.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

const create = (title: string) => ({ title, action: "contacts.create", inputs: { email: "{{ trigger.email }}" } });

test.beforeAll(async () => {
  const steps = Array.from({ length: 20 }, (_, index) => ({ [`step_${index}`]: create(`Step ${index}`) }));
  world = await EditorWorld.start("editor-canvas", {
    Short: { trigger: { appEvent: "Contact Created" }, steps: [{ add: create("Add contact") }] },
    Long: { trigger: { appEvent: "Contact Created" }, steps },
  });
  const order = { customer: { name: "Ann", tags: ["vip", "new"] }, lines: [{ sku: "A-1", price: 2.5 }], paid: true };
  await world.admin.call("POST", `/projects/${world.projectId}/app-events`, { name: "Order Placed", example: order });
  await world.create("Nested", {
    trigger: { appEvent: "Order Placed" },
    steps: [{ key: "note", ...create("Note it") }],
  });
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

test("I insert a step on the line between two others, and work on it with a right click", async ({ page }) => {
  const editor = await world.open(page, "Short");
  await editor.all();
  await editor.canvas.getByRole("button", { name: "Insert step before step 1" }).click();
  await expect.poll(() => editor.order()).toEqual(["App Event", "New step", "Add contact"]);
  await editor.step("Add contact").click({ button: "right" });
  const menu = page.getByRole("menu", { name: "Step" });
  await menu.getByRole("menuitem", { name: "Duplicate" }).click();
  await expect(editor.step("Add contact")).toHaveCount(2);
  await editor.step("New step").click({ button: "right" });
  await menu.getByRole("menuitem", { name: "Delete" }).click();
  await expect.poll(() => editor.order()).toEqual(["App Event", "Add contact", "Add contact"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => editor.order()).toEqual(["App Event", "Add contact"]);
  await editor.saved();
});

test("I find my way in a long workflow with the map", async ({ page }) => {
  const editor = await world.open(page, "Long");
  await expect(editor.step("Step 0")).toBeInViewport();
  const map = editor.canvas.getByRole("img", { name: "Map of the workflow" });
  const box = await map.boundingBox();
  if (!box) throw new Error("the map is in view");
  const { mouse } = page;
  await mouse.move(box.x + box.width / 2, box.y + 12);
  await mouse.down();
  await mouse.move(box.x + box.width / 2, box.y + box.height - 12, { steps: 5 });
  await mouse.up();
  await expect(editor.step("Step 0")).not.toBeInViewport();
  await shot(page, "42-map");
  await accessible(page);
});

test("I choose a variable deep in what the trigger gives: by typing, in a list, with its type and value", async ({ page }) => {
  const editor = await world.open(page, "Nested");
  await editor.step("Note it").click();
  const field = await editor.field("First name");
  await field.click();
  await page.keyboard.type("{{ pri");
  const menu = page.locator("[data-variable-menu]");
  await expect(menu.getByRole("option")).toHaveCount(1);
  await expect(menu.getByRole("option", { name: /price/ })).toBeVisible();
  await expect(menu.getByRole("img", { name: "number" })).toBeVisible();
  await expect(menu.locator("[data-preview]")).toContainText("2.5");
  await page.keyboard.press("Enter");
  await expect(field).toContainText("price");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("{{ tags");
  await expect(menu.getByRole("img", { name: "list" })).toBeVisible();
  await shot(page, "42-nested-variables");
  await page.keyboard.press("Enter");
  await editor.saved();
  const { draft } = await world.admin.call<{ draft: { steps: { inputs: Record<string, string> }[] } }>(
    "GET",
    `/projects/${world.projectId}/workflows/${world.workflows.Nested}`,
  );
  expect(draft.steps[0]?.inputs.firstname).toBe("{{ trigger.customer.tags }}");
});

test("A field offers what the preview account has, and I choose by name", async ({ page }) => {
  const editor = await world.open(page, "Short");
  await editor.step("Add contact").click();
  const panel = editor.inspector.getByRole("region", { name: "Test" });
  await panel.getByRole("switch", { name: "Simulate HubSpot" }).click();
  const owner = editor.inspector.getByRole("combobox", { name: "Contact owner" });
  await owner.click();
  const first = page.getByRole("option").first();
  await expect(first).toBeVisible();
  const name = (await first.locator("p").first().innerText()).trim();
  await shot(page, "42-offered");
  await first.click();
  await expect(owner).toHaveValue(name);
  await editor.saved();
  await panel.getByRole("switch", { name: "Simulate HubSpot" }).click();
});

for (const [button, sheet] of [
  ["Test", /^Test Short/],
  ["Deploy", /^Deploy Short/],
] as const) {
  test(`the sheet behind ${button} can be perceived by everybody`, async ({ page }) => {
    await world.open(page, "Short");
    await page.getByRole("button", { name: button, exact: true }).click();
    await expect(page.getByRole("dialog", { name: sheet })).toBeVisible();
    await accessible(page);
  });
}

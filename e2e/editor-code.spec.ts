/** Writing JSON and JavaScript in the editor: names are offered with what they are, by keyboard and by mouse. */
import { expect, type Page, test } from "@playwright/test";
import { EditorWorld } from "./src/editor.ts";
import { pause } from "./src/processes.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

const shaped = {
  function: { parameters: { lead: "{{ trigger }}", tags: ["a", "b"] }, code: "return 1;" },
};

test.beforeAll(async () => {
  world = await EditorWorld.start("editor-code", {
    Code: {
      trigger: { appEvent: "Contact Created" },
      steps: [
        { shape: { title: "Shape it", ...shaped } },
        { add: { title: "Add contact", action: "contacts.create", inputs: { email: "{{ trigger.email }}" } } },
      ],
    },
  });
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

const offered = (page: Page) => page.locator(".cm-tooltip-autocomplete").getByRole("option");

/** Takes the first that is offered. A list takes keys only when it has stood for a moment, so that nobody takes unseen. */
async function take(page: Page): Promise<void> {
  await pause(300);
  await page.keyboard.press("Enter");
}

test("In a field of JSON the names that the connector knows are offered, and taken with Enter", async ({ page }) => {
  const editor = await world.open(page, "Code");
  await editor.step("Add contact").click();
  const field = await editor.field("Additional fields");
  await field.click();
  await page.keyboard.type('{ "life');
  await expect(offered(page)).toHaveText(["lifecyclestagea text"]);
  await shot(page, "40-json-completion");
  await take(page);
  await page.keyboard.type('"lead" }');
  await expect(field).toHaveText('{ "lifecyclestage": "lead" }');
  await editor.saved();
  const { draft } = await world.admin.call<{ draft: { steps: { inputs: Record<string, unknown> }[] } }>(
    "GET",
    `/projects/${world.projectId}/workflows/${world.workflows.Code}`,
  );
  expect(draft.steps[1]?.inputs.additionalFields).toEqual({ lifecyclestage: "lead" });
});

test("In JavaScript parameters are offered with their types out of the samples, and libraries with how they are called", async ({
  page,
}) => {
  const editor = await world.open(page, "Code");
  await editor.step("Shape it").click();
  const code = editor.inspector.getByRole("textbox", { name: "Code", exact: true });
  await code.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("return parameters.");
  await expect(offered(page).filter({ hasText: "lead" })).toContainText("object");
  await expect(offered(page).filter({ hasText: "tags" })).toContainText("list of 2");
  await page.keyboard.type("lead.ema");
  await expect(offered(page)).toHaveText([/^emailtext · "buddha@example\.com"/]);
  await shot(page, "41-js-completion");
  await take(page);
  await expect(code).toHaveText("return parameters.lead.email");
  await page.keyboard.type(" + libraries.text.tit");
  await expect(offered(page)).toHaveText([/^titleCase\(text\)/]);
  await take(page);
  await expect(code).toHaveText("return parameters.lead.email + libraries.text.titleCase");
});

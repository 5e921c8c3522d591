/** Setting integrations up: testing credentials, a connector of one's own, and the project as a file. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./src/dashboard.ts";
import { EditorWorld } from "./src/editor.ts";
import { syncContacts } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";

const SECRET = "right-secret-marker";

let world: EditorWorld;
let integration = "";

test.beforeAll(async () => {
  world = await EditorWorld.start("integrations", { "Sync contacts": syncContacts() });
  const { items } = await world.admin.call<{ items: { id: string }[] }>("GET", `/projects/${world.projectId}/integrations`);
  integration = items[0]?.id ?? "";
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

const open = (page: Page, path: string) => page.goto(`${world.server.url}/app/p/${world.projectId}${path}`);

test("I find an integration by a few letters", async ({ page }) => {
  await open(page, "/integrations");
  await expect(page.getByRole("article").nth(5)).toBeVisible();
  await page.getByRole("textbox", { name: "Search integrations" }).fill("hubs");
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(page.getByRole("article", { name: "HubSpot" })).toContainText("Active");
  await page.getByRole("textbox", { name: "Search integrations" }).fill("nothing like it");
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
});

test("I test credentials before I save them, and read what was checked and what was not", async ({ page }) => {
  await world.simulator.faults({ clientSecret: SECRET });
  await open(page, `/integrations/${integration}?tab=credentials`);
  const test = page.getByRole("button", { name: "Test these credentials" });
  await test.click();
  const said = page.getByRole("status").filter({ hasText: "Checked:" });
  await expect(said).toContainText("HubSpot does not know this client id, or the secret is another");
  await expect(said).toContainText("missing or invalid client id or secret");
  await page.getByRole("button", { name: "Replace secret" }).click();
  // Another value has not been tested.
  await page.getByRole("textbox", { name: "Client secret" }).fill(SECRET);
  await expect(said).toHaveCount(0);
  await test.click();
  await expect(said).toContainText("HubSpot knows this client id and secret");
  await expect(said).toContainText("Not checked: whether the app has the redirect URL and the scopes");
  await accessible(page);
  await said.scrollIntoViewIfNeeded();
  await shot(page, "70-test-credentials");
});

test("I make a connector of my own; its mistakes are shown where they are", async ({ page }) => {
  await open(page, "/integrations");
  await page.getByRole("link", { name: "Custom integration" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Custom integration" })).toBeVisible();
  await expect(page.getByText("TaskLab is good:")).toBeVisible();
  const manifest = page.getByRole("textbox", { name: "Manifest" });
  await manifest.fill("kind: tasklab\nname: TaskLab\nnmae: x\n");
  const mistakes = page.getByRole("list", { name: "Mistakes" });
  await expect(mistakes).toContainText("Line 3, column 1");
  await expect(page.locator(".cm-lint-marker-error").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Create integration" })).toBeDisabled();
  await accessible(page);
  await shot(page, "71-custom-integration-mistakes");
  const example = readFileSync(new URL("../examples/custom-connector/connector.yaml", import.meta.url), "utf8");
  await manifest.fill(example);
  await expect(page.getByText("TaskLab is good:")).toBeVisible();
  await page.getByRole("textbox", { name: "Name in the API" }).fill("Task Lab");
  await page.getByRole("button", { name: "Create integration" }).click();
  await expect(page.getByText("A name has lower-case letters, digits, `-` and `_`")).toBeVisible();
  await page.getByRole("textbox", { name: "Name in the API" }).fill("tasklab");
  await page.getByRole("button", { name: "Create integration" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "TaskLab" })).toBeVisible();
  await page.getByRole("tab", { name: "Connector" }).click();
  await expect(manifest).toContainText("kind: tasklab");
  await manifest.fill(example.replace("title: Create task", "title: Make a task"));
  await page.getByRole("button", { name: "Save manifest" }).click();
  await expect(page.getByText("Workflows use it from now on.")).toBeVisible();
  await accessible(page);
  await shot(page, "72-custom-integration");
  const connector = await world.admin.call<{ actions: { title: string }[] }>(
    "GET",
    `/projects/${world.projectId}/connectors/custom.tasklab`,
  );
  expect(connector.actions.map((action) => action.title)).toContain("Make a task");
});

test("I take the project out as a file and put it in again, changed, after I saw what would change", async ({ page }) => {
  await open(page, "/settings/project-file");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the project file" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("acme.yaml");
  const text = readFileSync(await download.path(), "utf8");
  expect(text).toContain("Sync contacts");
  expect(text).not.toContain("acme-secret-marker");
  await accessible(page);

  const file = world.server.path("changed.yaml");
  writeFileSync(file, `${text.replace("appEvents:", "appEvents:\n  Lead Created: {}")}secrets: { NEW_KEY: { env: NEW_KEY } }\n`);
  const choose = async () => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Choose a project file" }).click(),
    ]);
    await chooser.setFiles(file);
  };
  await choose();
  await page.getByRole("button", { name: "Show what would change" }).click();
  await expect(page.getByText("give their values")).toBeVisible();
  await page.getByLabel("Value of NEW_KEY").fill("new-marker");
  await page.getByRole("button", { name: "Show what would change" }).click();
  const changes = page.getByRole("region", { name: "What would change" });
  await expect(changes.getByRole("listitem").filter({ hasText: "App Event Lead Created" })).toContainText("New");
  await expect(changes.getByRole("listitem").filter({ hasText: "secret NEW_KEY" })).toContainText("New");
  await accessible(page);
  await shot(page, "73-project-file");
  const at = `/projects/${world.projectId}/app-events`;
  expect((await world.admin.call<{ items: unknown[] }>("GET", at)).items).toHaveLength(1);
  await page.getByRole("button", { name: "Apply 2 changes" }).click();
  await expect(page.getByText("The project file was applied")).toBeVisible();
  expect((await world.admin.call<{ items: unknown[] }>("GET", at)).items).toHaveLength(2);

  writeFileSync(file, "project: Acme\nappEvent: {}\n");
  await choose();
  await page.getByRole("button", { name: "Show what would change" }).click();
  await expect(page.getByRole("list", { name: "Mistakes" })).toContainText("Line 2, column 1");
  await expect(page.getByRole("alert").filter({ hasText: "Nothing was applied" })).toBeVisible();
});

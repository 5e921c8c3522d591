/** From staging to production: a staged rollout in the editor, a release with its difference, and a target that only releases change. */
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, signIn } from "./src/dashboard.ts";
import { emptyFolder } from "./src/processes.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";

let server: Server;
let admin: Admin;
let staging = "";
let production = "";
let workflowId = "";

const definition = (key: string) => ({
  trigger: { appEvent: "Contact Created" },
  steps: [{ key, delay: { amount: 1, unit: "seconds" } }],
});

async function draft(key: string): Promise<void> {
  const at = `/projects/${staging}/workflows/${workflowId}`;
  const { draftRevision } = await admin.call<{ draftRevision: number }>("GET", at);
  await admin.call("PUT", `${at}/draft`, { revision: draftRevision, definition: definition(key) });
}

test.beforeAll(async () => {
  server = await Server.start({ data: emptyFolder("releases"), allow: [] });
  admin = await Admin.setUp(server);
  staging = (await admin.call<{ id: string }>("POST", "/projects", { name: "Acme staging" })).id;
  production = (await admin.call<{ id: string }>("POST", "/projects", { name: "Acme" })).id;
  const { id: integrationId } = await admin.call<{ id: string }>("POST", `/projects/${staging}/integrations`, {
    type: "hubspot",
  });
  const workflow = { integrationId, name: "Sync contacts" };
  workflowId = (await admin.call<{ id: string }>("POST", `/projects/${staging}/workflows`, workflow)).id;
  await admin.call("POST", `/projects/${staging}/app-events`, { name: "Contact Created", example: { email: "a@b.c" } });
  await draft("wait");
  await admin.call("POST", `/projects/${staging}/workflows/${workflowId}/deploy`, {});
});

test.afterAll(async () => {
  await server?.program.stop();
});

const editor = (page: Page, project: string, id: string) => page.goto(`${server.url}/app/p/${project}/workflows/${id}`);
const releases = (page: Page) => page.goto(`${server.url}/app/p/${production}/settings/releases`);

test("I deploy for some users at first, raise the share, and roll back in one click", async ({ page }) => {
  await draft("wait_longer");
  await signIn(page, server);
  await editor(page, staging, workflowId);
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Deploy Sync contacts" });
  await sheet.getByRole("switch", { name: /^Only for some users at first/ }).check();
  await sheet.getByLabel("Share of users").fill("0");
  await sheet.getByRole("button", { name: "Begin rollout" }).click();
  await expect(sheet.getByText(/Nobody would have the version/)).toBeVisible();
  await sheet.getByLabel("Share of users").fill("25");
  await sheet.getByLabel("These users as well").fill("user-1,");
  await shot(page, "66-deploy-rollout");
  await sheet.getByRole("button", { name: "Begin rollout" }).click();
  const bar = page.getByRole("region", { name: "Staged rollout" });
  await expect(bar).toContainText("Version 2 is with 25 % of users and 1 named user");
  await expect(bar).toContainText("The others stay on version 1.");
  await page.reload();
  await expect(bar).toBeVisible();
  await shot(page, "67-rollout-running");
  await bar.getByRole("button", { name: "Change" }).click();
  const dialog = page.getByRole("dialog", { name: "Who has version 2" });
  await dialog.getByLabel("Share of users").fill("60");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(bar).toContainText("Version 2 is with 60 % of users");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  const versions = page.getByRole("list", { name: "Versions" });
  await expect(versions.getByRole("listitem").first()).toContainText("Being rolled out");
  await page.keyboard.press("Escape");
  await bar.getByRole("button", { name: "Roll back" }).click();
  await expect(bar).toBeHidden();
  await expect(page.getByText("Everybody is back on version 1")).toBeVisible();

  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await sheet.getByRole("switch", { name: /^Only for some users at first/ }).check();
  await sheet.getByRole("button", { name: "Begin rollout" }).click();
  await bar.getByRole("button", { name: "Finish" }).click();
  await expect(page.getByText("Everybody has version 3")).toBeVisible();
  await expect(bar).toBeHidden();
});

test("a version with another trigger cannot be rolled out, and the dialog says why", async ({ page }) => {
  const at = `/projects/${staging}/workflows/${workflowId}`;
  const before = await admin.call<{ draftRevision: number; draft: unknown }>("GET", at);
  const hourly = { schedule: { cron: "0 0 * * * *", timeZone: "UTC" } };
  await admin.call("PUT", `${at}/draft`, {
    revision: before.draftRevision,
    definition: { ...definition("wait_longer"), trigger: hourly },
  });
  await signIn(page, server);
  await editor(page, staging, workflowId);
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Deploy Sync contacts" });
  await expect(sheet.getByRole("switch", { name: /^Only for some users at first/ })).toBeDisabled();
  await expect(sheet.getByText(/Not possible now: the trigger is another one than that of version \d/)).toBeVisible();
  await accessible(page);
  await shot(page, "67-rollout-other-trigger");
  const { draftRevision } = await admin.call<{ draftRevision: number }>("GET", at);
  await admin.call("PUT", `${at}/draft`, { revision: draftRevision, definition: before.draft });
});

test("a version that waits for another App Event is rolled out, and the dialog says what my app sends meanwhile", async ({ page }) => {
  const at = `/projects/${staging}/workflows/${workflowId}`;
  const added = await admin.call<{ id: string }>("POST", `/projects/${staging}/app-events`, { name: "Lead Created", example: {} });
  const before = await admin.call<{ draftRevision: number; draft: unknown }>("GET", at);
  await admin.call("PUT", `${at}/draft`, {
    revision: before.draftRevision,
    definition: { ...definition("wait_longer"), trigger: { appEvent: "Lead Created" } },
  });
  await signIn(page, server);
  await editor(page, staging, workflowId);
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Deploy Sync contacts" });
  await sheet.getByRole("switch", { name: /^Only for some users at first/ }).check();
  await expect(sheet.getByText(/reached by “Lead Created” and the others by “Contact Created”/)).toBeVisible();
  await accessible(page);
  await shot(page, "67-rollout-other-event");
  await sheet.getByRole("button", { name: "Begin rollout" }).click();
  const bar = page.getByRole("region", { name: "Staged rollout" });
  await expect(bar).toContainText(/Version \d is with 10 % of users/);
  await bar.getByRole("button", { name: "Roll back" }).click();
  await expect(bar).toBeHidden();
  const { draftRevision } = await admin.call<{ draftRevision: number }>("GET", at);
  await admin.call("PUT", `${at}/draft`, { revision: draftRevision, definition: before.draft });
  await admin.call("DELETE", `/projects/${staging}/app-events/${added.id}`);
});

test("I release staging into production after a look at the difference, and go back", async ({ page }) => {
  await signIn(page, server);
  await releases(page);
  await expect(page.getByRole("heading", { name: "Nothing was released yet" })).toBeVisible();
  await page.getByRole("button", { name: "Release into this project" }).click();
  const dialog = page.getByRole("dialog", { name: "Release into this project" });
  await expect(dialog.getByText("Adds the workflow Sync contacts")).toBeVisible();
  await expect(dialog.getByText(/HubSpot is new here: enter its app credentials/)).toBeVisible();
  await dialog.getByLabel("Message").fill("The first one");
  await accessible(page);
  await shot(page, "68-release-preview");
  await dialog.getByRole("button", { name: "Release", exact: true }).click();
  const list = page.getByRole("table", { name: "Releases" });
  await expect(list.getByRole("row", { name: /Release 1.*Live.*The first one/ })).toBeVisible();

  await draft("wait_again");
  await admin.call("POST", `/projects/${staging}/workflows/${workflowId}/deploy`, {});
  await page.getByRole("button", { name: "Release into this project" }).click();
  await expect(dialog.getByText("Changes the workflow Sync contacts (steps)")).toBeVisible();
  await dialog.getByLabel("Message").fill("Waits again");
  await dialog.getByRole("button", { name: "Release", exact: true }).click();
  await expect(list.getByRole("row", { name: /Release 2.*Live/ })).toBeVisible();
  // Without the notice that it is done.
  await page.reload();
  await expect(list.getByRole("row", { name: /Release 2.*Live/ })).toBeVisible();
  await accessible(page);
  await shot(page, "69-releases");
  await list.getByRole("button", { name: "Roll back to release 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await expect(list.getByRole("row", { name: /Release 3.*Live.*Back to release 1/ })).toBeVisible();
  const { items } = await admin.call<{ items: { id: string }[] }>("GET", `/projects/${production}/workflows`);
  const found = await admin.call<{ deployed: { definition: { steps: { key: string }[] } } }>(
    "GET",
    `/projects/${production}/workflows/${items[0]?.id}`,
  );
  expect(found.deployed.definition.steps[0]?.key).toBe("wait_longer");
});

test("production that only releases change shows its workflows, and why nothing in them can be changed", async ({ page }) => {
  await signIn(page, server);
  await releases(page);
  await page.getByRole("switch", { name: "Only releases change this project" }).click({ force: true });
  const { items } = await admin.call<{ items: { id: string }[] }>("GET", `/projects/${production}/workflows`);
  const id = items[0]?.id ?? "";
  await expect
    .poll(() => admin.call<{ readOnly: boolean }>("GET", `/projects/${production}/release-settings`))
    .toEqual({ readOnly: true });
  await editor(page, production, id);
  await expect(page.getByText(/You can look at this workflow. Only releases change this project/)).toBeVisible();
  const inspector = page.getByRole("complementary", { name: "Inspector" });
  await page.getByRole("region", { name: "Workflow canvas" }).getByRole("button", { name: /Wait/ }).click();
  await expect(inspector.getByRole("textbox", { name: "Step name" })).toBeDisabled();
  await expect(inspector.getByRole("button", { name: "Delete step" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Add step" })).toHaveCount(0);
  const deploy = page.getByRole("button", { name: "Deploy", exact: true });
  await expect(deploy).toHaveAttribute("aria-disabled", "true");
  await expect(deploy).toHaveAttribute("aria-description", /Only releases change this project/);
  await accessible(page);
  await shot(page, "70-editor-read-only");
  await page.getByRole("button", { name: "More actions" }).click();
  await expect(page.getByRole("menuitem", { name: "Undeploy" })).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");

  // The same on the other pages that releases bring; what belongs to the project itself stays open.
  await page.goto(`${server.url}/app/p/${production}/app-events`);
  await expect(page.getByRole("button", { name: "Create App Event" }).first()).toHaveAttribute("aria-disabled", "true");
  await page.goto(`${server.url}/app/p/${production}/settings/api-keys`);
  await expect(page.getByRole("button", { name: "Create API key" }).first()).not.toHaveAttribute("aria-disabled");
});

/** What a support person and a member see of what takes more: it can be read, and says why it cannot be done. */
import { expect, type Page, test } from "@playwright/test";
import { accessible, colleague, signIn } from "./src/dashboard.ts";
import { Editor, EditorWorld } from "./src/editor.ts";
import { syncContacts } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;
let support: { email: string; password: string };
let member: { email: string; password: string };
let integration = "";

test.beforeAll(async () => {
  world = await EditorWorld.start("roles", { "Sync contacts": syncContacts() });
  support = await colleague(world.server, world.admin, world.projectId, "support");
  member = await colleague(world.server, world.admin, world.projectId, "member");
  const at = `/projects/${world.projectId}`;
  const { items } = await world.admin.call<{ items: { id: string }[] }>("GET", `${at}/integrations`);
  integration = items[0]?.id ?? "";
  await world.admin.call("PUT", `${at}/secrets/STRIPE_KEY`, { value: "x" });
});

test.afterAll(() => world?.stop());

const open = (page: Page, path: string) => page.goto(`${world.server.url}/app/p/${world.projectId}${path}`);

/** It is there, does nothing, and says why on the keyboard as with a pointer. */
async function refused(page: Page, name: string | RegExp, needs: string, role: "button" | "menuitem" = "button") {
  const control = page.getByRole(role, { name }).first();
  await expect(control).toHaveAttribute("aria-disabled", "true");
  await control.hover();
  await expect(page.getByRole("tooltip").filter({ hasText: `This takes the role ${needs}` })).toBeVisible();
  await control.click({ force: true });
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.mouse.move(0, 0);
  // It fades; what follows looks at the page without it.
  await expect(page.getByRole("tooltip")).toHaveCount(0);
}

test("as Support I help users and read everything, and am told what takes another role", async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page, world.server, support);
  await open(page, "/integrations");
  await refused(page, /^Set up /, "Member");
  await open(page, `/integrations/${integration}`);
  await refused(page, "Create workflow", "Member");
  await expect(page.getByRole("switch", { name: "Active" })).toBeDisabled();
  await open(page, `/integrations/${integration}?tab=credentials`);
  await expect(page.getByText("You can look at this page. Changing it takes the role Member; yours is Support.")).toBeVisible();
  await expect(page.getByLabel("Client ID")).toBeDisabled();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await accessible(page);
  await shot(page, "67-support-credentials");
  await open(page, "/app-events");
  await refused(page, "Create App Event", "Member");
  await page.getByRole("button", { name: "Actions for Contact Created" }).click();
  await refused(page, "Delete", "Member", "menuitem");
  await open(page, "/settings/general");
  await expect(page.getByRole("textbox", { name: "Project name" })).toBeDisabled();
  await open(page, "/settings/signing-keys");
  await refused(page, "Generate key", "Member");
  await open(page, "/settings/secrets");
  await refused(page, "Add secret", "Admin");
  await refused(page, "Delete STRIPE_KEY", "Admin");
  await accessible(page);
  await shot(page, "68-support-secrets");
  await open(page, "/settings/api-keys");
  await refused(page, "Create API key", "Admin");
  await open(page, "/settings/team");
  await refused(page, "Invite", "Admin");
  await open(page, "/settings/project-file");
  await refused(page, "Choose a project file", "Admin");
  await open(page, "/settings/audit-log");
  await expect(page.getByRole("heading", { name: "Only for the role Admin" })).toBeVisible();

  // What support is for.
  await open(page, "/users");
  await page.getByRole("link", { name: "Ann" }).click();
  await page.getByRole("button", { name: "Disable user" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable user" }).click();
  await page.getByRole("button", { name: "Enable user" }).click();
  await expect(page.getByRole("button", { name: "Disable user" })).toBeVisible();
});

test("as Support I read a workflow in the editor and can change nothing of it", async ({ page }) => {
  await signIn(page, world.server, support);
  await open(page, `/workflows/${world.workflows["Sync contacts"]}`);
  const editor = new Editor(page);
  await expect(page.getByText("You can look at this workflow. Changing it takes the role Member")).toBeVisible();
  await editor.step("Create contact").click();
  const email = await editor.field("Email");
  await expect(email).toContainText("email");
  await expect(email).toHaveAttribute("aria-readonly", "true");
  await email.click();
  await page.keyboard.type("changed");
  await expect(email).not.toContainText("changed");
  await expect(editor.canvas.getByRole("button", { name: /Add step|Insert step/ })).toHaveCount(0);
  await editor.step("Create contact").click();
  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+d");
  await expect(editor.step("Create contact")).toHaveCount(1);
  await refused(page, "Deploy", "Member");
  await refused(page, "Test", "Member");
  await expect(page.getByRole("textbox", { name: "Workflow name" })).toHaveAttribute("readonly", "");
  await accessible(page);
  await shot(page, "69-support-editor");
});

test("as Member I build, and secrets, keys and the team stay with the admins", async ({ page }) => {
  await signIn(page, world.server, member);
  await open(page, "/app-events");
  await page.getByRole("button", { name: "Create App Event" }).click();
  const dialog = page.getByRole("dialog", { name: "Create an App Event" });
  await dialog.getByLabel("Event name").fill("Lead Created");
  await dialog.getByRole("button", { name: "Use the sample" }).click();
  await dialog.getByRole("button", { name: "Create App Event" }).click();
  await expect(page.getByRole("table").first()).toContainText("Lead Created");
  const editor = await world.open(page, "Sync contacts");
  await editor.step("Create contact").click();
  await (await editor.field("Job title")).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Boss");
  await editor.saved();
  for (const [path, button] of [
    ["/settings/secrets", "Add secret"],
    ["/settings/api-keys", "Create API key"],
    ["/settings/team", "Invite"],
    ["/settings/project-file", "Choose a project file"],
  ] as const) {
    await open(page, path);
    await refused(page, button, "Admin");
  }
});

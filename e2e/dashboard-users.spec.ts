/** Connected users as a support person works with them: look, act as, disable, delete. */
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./src/dashboard.ts";
import { EditorWorld } from "./src/editor.ts";
import { syncContacts } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";

let world: EditorWorld;

test.beforeAll(async () => {
  world = await EditorWorld.start("users", { "Sync contacts": syncContacts() });
  await world.event("ann", "Contact Created", { email: "one@example.com", first_name: "X" });
});

test.afterAll(() => world?.stop());

test.beforeEach(({ page }) => world.signIn(page));

async function open(page: Page, user: string): Promise<void> {
  await page.goto(`${world.server.url}/app/p/${world.projectId}/users`);
  await page.getByRole("link", { name: user }).click();
  await expect(page.getByRole("heading", { level: 1, name: user })).toBeVisible();
}

test("I see whether a user's account works, what it is granted and which workflows are on", async ({ page }) => {
  await open(page, "Ann");
  const accounts = page.getByRole("region", { name: "Accounts" });
  await expect(accounts).toContainText("Connected");
  await expect(accounts).toContainText("account 1000001");
  await expect(accounts).toContainText("your id main");
  await expect(accounts.getByRole("link", { name: "Sync contacts" })).toBeVisible();
  await accessible(page);
  await shot(page, "62-user-accounts");
});

test("I act as a user: the portal is theirs, and the editor tests with their account", async ({ page }) => {
  await open(page, "Bob");
  await page.getByRole("button", { name: "Act as preview user" }).click();
  const dialog = page.getByRole("dialog", { name: "You act as Bob" });
  await accessible(page);
  await shot(page, "63-act-as-user");
  await dialog.getByRole("button", { name: "Open HubSpot portal" }).click();
  const portal = page.frameLocator('iframe[title="Connect Portal"]');
  await portal.getByRole("tab", { name: "Configuration" }).click();
  const toggle = portal.getByRole("switch", { name: /Sync contacts/ });
  await expect(toggle).toBeChecked();
  await shot(page, "64-portal-as-user");
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await portal.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("region", { name: "Accounts" })).toContainText("Off");
  const audit = await world.admin.call<{ items: { operation: string; subject: { name: string } | null }[] }>(
    "GET",
    `/projects/${world.projectId}/audit-log`,
  );
  expect(audit.items.find((line) => line.operation === "users.preview")?.subject?.name).toBe("bob");

  const editor = await world.open(page, "Sync contacts");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Test Sync contacts" });
  await expect(sheet.getByRole("combobox", { name: "Test as" })).toHaveValue("Bob (bob)");
  await expect(editor.canvas).toBeVisible();
});

test("I disable a user, whose tokens are refused then, and enable them again", async ({ page }) => {
  await open(page, "Bob");
  await page.getByRole("button", { name: "Disable user" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable user" }).click();
  await expect(page.getByText("Disabled", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /preview user/ })).toBeDisabled();
  await expect(world.enable("bob", "Sync contacts")).rejects.toThrow();
  await page.getByRole("button", { name: "Enable user" }).click();
  await expect(page.getByText("Disabled", { exact: true })).toBeHidden();
  await world.enable("bob", "Sync contacts");
});

test("I delete a user for good once I typed who, and am shown that nothing is left", async ({ page }) => {
  await open(page, "Ann");
  await page.getByRole("button", { name: "More actions for this user" }).click();
  await page.getByRole("menuitem", { name: "Delete user" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete Ann?" });
  await expect(dialog).toContainText("1 account, revoked at the provider where it offers that");
  const button = dialog.getByRole("button", { name: "Delete user for good" });
  await expect(button).toBeDisabled();
  await dialog.getByRole("textbox").fill("bob");
  await expect(button).toBeDisabled();
  await dialog.getByRole("textbox").fill("ann");
  await accessible(page);
  await shot(page, "65-delete-user");
  await button.click();
  const proof = page.getByRole("region", { name: "Proof of erasure" });
  await expect(proof.getByRole("status")).toContainText("Nothing is left of this user");
  await expect(proof.getByRole("row", { name: /^Runs 1$/ })).toBeVisible();
  await accessible(page);
  await shot(page, "66-user-deleted");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    proof.getByRole("button", { name: "Download this proof" }).click(),
  ]);
  expect(JSON.parse(readFileSync(await download.path(), "utf8"))).toMatchObject({ userId: "ann", left: 0 });
  await proof.getByRole("link", { name: "Back to users" }).click();
  await expect(page.getByRole("link", { name: "Bob" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Ann" })).toHaveCount(0);
});

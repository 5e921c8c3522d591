/** Settings as an admin uses them, and what a support person may not: secrets, team and roles, the audit log. */
import { expect, type Page, test } from "@playwright/test";
import { accessible, signIn } from "./src/dashboard.ts";
import { Admin } from "./src/admin.ts";
import { emptyFolder } from "./src/processes.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";

const SECRET = "secret-marker-8080";

let server: Server;
let projectId = "";

test.beforeAll(async () => {
  server = await Server.start({ data: emptyFolder("team"), allow: [] });
  const admin = await Admin.setUp(server);
  projectId = (await admin.call<{ id: string }>("POST", "/projects", { name: "Acme CRM" })).id;
});

test.afterAll(async () => {
  await server?.program.stop();
});

const settings = (page: Page, tab: string) => page.goto(`${server.url}/app/p/${projectId}/settings/${tab}`);

test("I keep a secret that nobody can read again, and see where it is used", async ({ page }) => {
  await signIn(page, server);
  await settings(page, "secrets");
  await page.getByRole("button", { name: "Add secret" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("4 KEY");
  await dialog.getByRole("textbox", { name: "Value" }).fill(SECRET);
  await dialog.getByRole("button", { name: "Add secret" }).click();
  await expect(dialog.getByText("Use letters, digits and `_`, and begin with a letter")).toBeVisible();
  await dialog.getByLabel("Name").fill("STRIPE_KEY");
  await dialog.getByRole("button", { name: "Add secret" }).click();
  const row = page.getByRole("table", { name: "Secrets" }).getByRole("row", { name: /STRIPE_KEY/ });
  await expect(row).toContainText("no workflow");
  await accessible(page);
  await shot(page, "50-settings-secrets");
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain(SECRET);
  const answer = await page.request.get(`${server.url}/api/v1/projects/${projectId}/secrets`);
  expect(await answer.text()).not.toContain(SECRET);
  await row.getByRole("button", { name: "Delete STRIPE_KEY" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete secret" }).click();
  await expect(page.getByRole("heading", { name: "No secrets yet" })).toBeVisible();
});

test("I invite a support person, who joins by the link and may help but not build", async ({ page, browser }) => {
  await signIn(page, server);
  await settings(page, "team");
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Email").fill("sue@example.com");
  await dialog.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: "Support" }).click();
  await dialog.getByRole("button", { name: "Make invitation link" }).click();
  const link = await dialog.locator("code").innerText();
  expect(link).toContain(`${server.url}/app/invitation?token=`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Invitations" })).toContainText("sue@example.com");
  await accessible(page);
  await shot(page, "51-settings-team");

  const context = await browser.newContext();
  const sue = await context.newPage();
  await sue.goto(link);
  await expect(sue.getByRole("heading", { name: "Join Acme CRM" })).toBeVisible();
  await accessible(sue);
  await sue.getByLabel("Name").fill("Sue");
  await sue.getByRole("textbox", { name: "Password" }).fill("correct horse battery staple");
  await sue.getByRole("button", { name: "Create account and join" }).click();
  await expect(sue.getByRole("navigation", { name: "Project" })).toBeVisible();
  await settings(sue, "audit-log");
  await expect(sue.getByRole("heading", { name: "Only for the role Admin" })).toBeVisible();
  await settings(sue, "secrets");
  await expect(sue.getByRole("button", { name: "Add secret" })).toHaveAttribute("aria-disabled", "true");
  // The server says so as well, whatever the page shows.
  const session = await (await sue.request.get(`${server.url}/api/v1/session`)).json();
  const answer = await sue.request.post(`${server.url}/api/v1/projects/${projectId}/app-events`, {
    headers: { "x-linchpin-csrf": session.csrfToken },
    data: { name: "X", example: {} },
  });
  expect(answer.status()).toBe(403);
  expect((await answer.json()).code).toBe("role_missing");
  // The link is used up.
  const again = await context.newPage();
  await again.goto(link);
  await expect(again.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  await context.close();

  await page.reload();
  await expect(page.getByRole("table", { name: "Team" }).getByRole("row", { name: /Sue/ })).toBeVisible();
  await settings(page, "audit-log");
  const log = page.getByRole("table", { name: "Audit log" });
  await expect(log.getByRole("row", { name: /Sue.*Take an invitation/ })).toBeVisible();
  await expect(log.getByRole("row", { name: /Ada.*Invite somebody.*sue@example.com/ })).toBeVisible();
  await accessible(page);
  await shot(page, "52-settings-audit-log");
});

test("my session ends while I type, and nothing that I typed is lost", async ({ page, context }) => {
  await signIn(page, server);
  await page.goto(`${server.url}/app/p/${projectId}/app-events`);
  await page.getByRole("button", { name: "Create App Event" }).click();
  const dialog = page.getByRole("dialog", { name: "Create an App Event" });
  await dialog.getByLabel("Event name").fill("Lead Created");
  await dialog.getByRole("button", { name: "Use the sample" }).click();
  await context.clearCookies();
  const over = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(over).toBeVisible();
  await over.getByRole("textbox", { name: "Password" }).fill("correct horse battery staple");
  await over.getByRole("button", { name: "Sign in" }).click();
  await expect(over).toBeHidden();
  await expect(dialog.getByLabel("Event name")).toHaveValue("Lead Created");
  await dialog.getByRole("button", { name: "Create App Event" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("table").first()).toContainText("Lead Created");
});

test("a page that does not exist says so and leads back", async ({ page }) => {
  await signIn(page, server);
  await settings(page, "nothing-here");
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
});

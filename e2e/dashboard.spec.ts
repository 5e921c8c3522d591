/** Every page of the dashboard: it opens by its address, a machine finds nothing that people cannot see, also on a phone. */
import { gzipSync } from "node:zlib";
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, signIn } from "./src/dashboard.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { EXAMPLE, imported, syncContacts, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const keys = newKeyPair();
let simulator: Simulator;
let server: Server;
let applied: Applied;
let userId = "";
let runId = "";

test.beforeAll(async () => {
  simulator = await Simulator.start();
  server = await Server.start({ data: emptyFolder("dashboard"), allow: [simulator.host] });
  const admin = await Admin.setUp(server);
  const account = imported(1).credentials.hubspot;
  const ann = {
    metadata: { name: "Ann Example", email: "ann@acme.example" },
    credentials: { hubspot: { ...account, workflows: { "Sync contacts": { enabled: true } } } },
  };
  const file = server.path("project.yaml");
  writeProject(file, {
    project: "Acme CRM",
    publicKey: keys.publicKey,
    provider: simulator.url,
    workflows: { "Sync contacts": syncContacts() },
    connectedUsers: { ann },
  });
  await simulator.accept("access-1");
  applied = server.apply(file);
  for (const payload of [EXAMPLE, { ...EXAMPLE, email: "no-address" }]) {
    const answer = await fetch(`${server.url}/projects/${applied.projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: { authorization: `Bearer ${userToken(keys.privateKey, "ann")}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "Contact Created", payload }),
    });
    expect(answer.status).toBe(201);
  }
  const runs = () =>
    admin.call<{ items: { id: string; state: string; user: { id: string } }[] }>("GET", `/projects/${applied.projectId}/runs`);
  const ends = ["succeeded", "failed"];
  const { items } = await until("two runs are over", runs, (found) =>
    found.items.length === 2 && found.items.every((run) => ends.includes(run.state)),
  );
  userId = items[0]?.user.id ?? "";
  runId = items[0]?.id ?? "";
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
});

const open = (page: Page, path: string) => page.goto(`${server.url}/app/p/${applied.projectId}${path}`);

function pages(): [string, string, string][] {
  return [
    ["overview", "", "Acme CRM"],
    ["integrations", "/integrations", "Integrations"],
    ["integration", `/integrations/${applied.integrations.hubspot}?tab=credentials`, "HubSpot"],
    ["integration-workflows", `/integrations/${applied.integrations.hubspot}?tab=workflows`, "HubSpot"],
    ["integration-portal", `/integrations/${applied.integrations.hubspot}?tab=portal`, "HubSpot"],
    ["integration-syncs", `/integrations/${applied.integrations.hubspot}?tab=syncs`, "HubSpot"],
    ["custom-integration", "/integrations/custom", "Custom integration"],
    ["app-events", "/app-events", "App Events"],
    ["users", "/users", "Users"],
    ["user", `/users/${userId}`, "Ann Example"],
    ["integration-users", `/integrations/${applied.integrations.hubspot}?tab=users`, "HubSpot"],
    ["history", "/task-history", "Task History"],
    ["history-events", "/task-history/events", "Task History"],
    ["history-webhooks", "/task-history/webhooks", "Task History"],
    ["run", `/task-history/${runId}`, "Sync contacts"],
    ["editor", `/workflows/${applied.workflows["Sync contacts"]}`, "Workflow Sync contacts"],
    ["general", "/settings/general", "Settings"],
    ["signing-keys", "/settings/signing-keys", "Settings"],
    ["test-tokens", "/settings/test-tokens", "Settings"],
    ["secrets", "/settings/secrets", "Settings"],
    ["api-keys", "/settings/api-keys", "Settings"],
    ["project-file", "/settings/project-file", "Settings"],
    ["event-destinations", "/settings/event-destinations", "Settings"],
    ["releases", "/settings/releases", "Settings"],
    ["team", "/settings/team", "Settings"],
    ["audit-log", "/settings/audit-log", "Settings"],
  ];
}

test("I open every page by its address, on a light and a dark ground, and can perceive all of it", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, server);
  for (const [name, path, title] of pages()) {
    await open(page, path);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await accessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await shot(page, `60-${name}-light`);
    await page.emulateMedia({ colorScheme: "dark" });
    await shot(page, `60-${name}-dark`);
  }
});

test("on a phone I reach every page through the navigation's button, and nothing hangs over the edge", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, server);
  await page.setViewportSize({ width: 390, height: 780 });
  await open(page, "");
  const menu = page.getByRole("button", { name: "Open navigation" });
  await menu.click();
  await page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Users" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
  await expect(menu).toBeVisible();
  for (const [name, path, title] of pages()) {
    await open(page, path);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await shot(page, `61-${name}-narrow`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
    if (name === "editor") {
      const canvas = await page.getByRole("region", { name: "Workflow canvas" }).boundingBox();
      expect(canvas?.width, "the drawing beside the form").toBe(390);
      expect(canvas?.height, "the drawing above the form").toBeGreaterThan(150);
    }
  }
});

test("the overview says what failed, for whom, and where it is mended", async ({ page }) => {
  await signIn(page, server);
  await open(page, "");
  await expect(page.getByRole("img", { name: /1 succeeded, 1 failed of 2/ })).toBeVisible();
  const failures = page.getByRole("region", { name: "Failures by cause" });
  await expect(failures).toContainText("Refused data");
  await expect(failures).toContainText("1 run · 1 user");
  await failures.getByRole("link", { name: "Fix: Refused data" }).click();
  await expect(page.getByRole("textbox", { name: "Workflow name" })).toHaveValue("Sync contacts");
});

test("the first page needs less than 350 KB", async ({ page }) => {
  const sizes: [string, number][] = [];
  const reads: Promise<void>[] = [];
  page.on("response", (answer) => {
    const type = answer.request().resourceType();
    if (type !== "script" && type !== "stylesheet") return;
    reads.push(answer.body().then((body) => void sizes.push([answer.url(), gzipSync(body).length])));
  });
  await signIn(page, server);
  await open(page, "");
  await expect(page.getByRole("heading", { level: 1, name: "Acme CRM" })).toBeVisible();
  await Promise.all(reads);
  const once = new Map(sizes);
  const sum = [...once.values()].reduce((all, size) => all + size, 0);
  expect(once.size).toBeGreaterThan(1);
  expect(sum / 1024, [...once].map(([url, size]) => `${url}: ${size}`).join("\n")).toBeLessThan(350);
});

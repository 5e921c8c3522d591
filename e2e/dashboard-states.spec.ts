/**
 * What each page shows before there is anything, while it waits, and when the server does not answer as it should:
 * never an empty screen, and nothing that is lost.
 */
import { expect, type Page, type Route, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, colleague, signIn } from "./src/dashboard.ts";
import { emptyFolder } from "./src/processes.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";

let server: Server;
let admin: Admin;
let project = "";
let integration = "";
let workflow = "";

test.beforeAll(async () => {
  server = await Server.start({ data: emptyFolder("states"), allow: [] });
  admin = await Admin.setUp(server);
  project = (await admin.call<{ id: string }>("POST", "/projects", { name: "Fresh" })).id;
  const at = `/projects/${project}`;
  integration = (await admin.call<{ id: string }>("POST", `${at}/integrations`, { type: "hubspot" })).id;
  const named = { integrationId: integration, name: "Sync contacts" };
  workflow = (await admin.call<{ id: string }>("POST", `${at}/workflows`, named)).id;
});

test.afterAll(async () => {
  await server?.program.stop();
});

const open = (page: Page, path: string) => page.goto(`${server.url}/app/p/${project}${path}`);

interface Shown {
  path: string;
  /** What it reads, below the project. */
  reads: string;
  /** What it says while there is nothing; absent where there is always something. */
  empty?: string;
}

const NOTHING = "00000000-0000-7000-8000-000000000000";

function pages(): Shown[] {
  return [
    { path: "", reads: "/checklist", empty: "Add your HubSpot credentials" },
    { path: "/integrations", reads: "/connectors" },
    { path: `/integrations/${integration}?tab=workflows`, reads: "/workflows" },
    { path: `/integrations/${integration}?tab=users`, reads: "/users", empty: "Nobody has connected yet" },
    { path: `/workflows/${workflow}`, reads: `/workflows/${workflow}`, empty: "Add step" },
    { path: "/app-events", reads: "/app-events", empty: "No App Events yet" },
    { path: "/users", reads: "/users" },
    { path: `/users/${NOTHING}`, reads: `/users/${NOTHING}` },
    { path: "/task-history", reads: "/runs" },
    { path: "/task-history/events", reads: "/received-events" },
    { path: "/task-history/webhooks", reads: "/hooks/deliveries", empty: "Nothing waits here" },
    { path: `/task-history/${NOTHING}`, reads: `/runs/${NOTHING}` },
    { path: "/settings/general", reads: "" },
    { path: "/settings/signing-keys", reads: "/signing-keys" },
    { path: "/settings/secrets", reads: "/secrets", empty: "No secrets yet" },
    { path: "/settings/api-keys", reads: "/api-keys" },
    { path: "/settings/event-destinations", reads: "/event-destinations", empty: "No event destinations yet" },
    { path: "/settings/releases", reads: "/releases", empty: "Nothing was released yet" },
    { path: "/settings/team", reads: "/members" },
    { path: "/settings/audit-log", reads: "/audit-log" },
  ];
}

/** The request that a page is about: its list, or its one thing. */
const requests = (reads: string) => (url: URL) => url.pathname === `/api/v1/projects/${project}${reads}`;

test("every page of a new project says what it is for and what to do first", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, server);
  for (const { path, empty } of pages()) {
    if (!empty) continue;
    await open(page, path);
    await expect(page.getByText(empty).first(), path).toBeVisible();
    await accessible(page);
  }
  await shot(page, "63-empty");
});

test("every page shows where its content will stand while the server takes its time", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, server);
  for (const { path, reads } of pages()) {
    const held: Route[] = [];
    await page.route(requests(reads), (route) => {
      held.push(route);
    });
    await open(page, path);
    await expect(page.getByRole("status", { name: "Loading" }).first(), path).toBeVisible();
    await page.unroute(requests(reads));
    await Promise.all(held.map((route) => route.continue().catch(() => {})));
  }
});

test("every page says that something went wrong, in words, and comes back with the server", async ({ page }) => {
  test.setTimeout(300_000);
  await signIn(page, server);
  const broken = { message: "something went wrong on our side", code: "internal", status: 500, meta: {} };
  for (const { path, reads } of pages()) {
    await page.route(requests(reads), (route) => route.fulfill({ status: 500, json: broken }));
    await open(page, path);
    await expect(page.getByRole("alert").filter({ hasText: /something went wrong on our side/i }).first(), path).toBeVisible({
      timeout: 20_000,
    });
    // The way to the other pages stays.
    await expect(page.getByRole("navigation", { name: "Project" })).toBeVisible();
    await page.unroute(requests(reads));
  }
  await shot(page, "63-error");
  await accessible(page);
  await page.reload();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("as Support no page is closed to me without a word", async ({ page }) => {
  test.setTimeout(240_000);
  const support = await colleague(server, admin, project, "support");
  await signIn(page, server, support);
  for (const { path } of pages()) {
    await open(page, path);
    await expect(page.getByRole("navigation", { name: "Project" })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expect(page.getByRole("main")).not.toBeEmpty();
  }
  await open(page, "/settings/audit-log");
  await expect(page.getByText("Only for the role Admin").first()).toBeVisible();
  await accessible(page);
  await shot(page, "63-no-permission");
});

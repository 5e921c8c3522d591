/**
 * What was done in a customer's account, told to the customer: by workflows, by the host's own requests, and by tools
 * that were called.
 */
import { expect, type Page, test } from "@playwright/test";
import { HostApp } from "./src/host-app.ts";
import { connect, openPortal, violations } from "./src/portal-frame.ts";
import { portalPage } from "./src/portal-page.ts";
import { emptyFolder } from "./src/processes.ts";
import { syncContacts, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
let simulator: Simulator;
let host: HostApp;
let server: Server;
let acme: Applied;
let token = "";

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal-activity"), allow: [simulator.host] });
  writeProject(server.path("acme.yaml"), {
    project: "Acme",
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    workflows: { "Sync contacts": syncContacts() },
  });
  acme = server.apply(server.path("acme.yaml"));
  host.html("/acme", portalPage(server.url, acme.projectId));
  token = userToken(key.privateKey, "ann");
  host.serve("/token", "text/plain", token);
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

/** A request of the host's page, as its developer would write it; whether it was answered well. */
const request = (page: Page, path: string, init: object): Promise<boolean> =>
  page.evaluate(
    ([path, init]) => {
      const { linchpin } = window as unknown as {
        linchpin: { request(type: string, path: string, init: object): Promise<unknown> };
      };
      return linchpin.request("hubspot", path, init).then(
        () => true,
        () => false,
      );
    },
    [path, init] as const,
  );

test("the customer reads who did what in the account, in plain words", async ({ page }) => {
  let frame = await openPortal(page, `${host.origin}/acme`);
  await connect(page);
  expect(await request(page, "/crm/v3/objects/contacts?limit=1&properties=secret", { method: "GET" })).toBe(true);
  expect(await request(page, "/crm/v3/objects/contacts", { method: "POST", body: { properties: { email: "bob@acme.example" } } })).toBe(true);
  await request(page, "/crm/v3/objects/contacts/424242", { method: "GET" });
  await request(page, "/account-info/v3/details", { method: "GET" });
  const called = await fetch(`${server.url}/projects/${acme.projectId}/tools`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ action: "HUBSPOT_CONTACTS_CREATE", parameters: { email: "cleo@acme.example" } }),
  });
  expect(called.status, await called.text()).toBe(200);
  await frame.getByRole("switch", { name: "Sync contacts" }).click();
  await expect(frame.getByRole("switch", { name: "Sync contacts" })).toHaveAttribute("aria-busy", "false");
  await page.evaluate(() => {
    const { linchpin } = window as unknown as { linchpin: { event(name: string, payload: object): Promise<unknown> } };
    return linchpin.event("Contact Created", { email: "dora@acme.example", first_name: "Dora" });
  });
  await expect.poll(async () => (await simulator.contacts()).length).toBe(3);

  await frame.getByRole("tab", { name: "Activity" }).click();
  const lines = frame.getByRole("listitem");
  await expect(lines).toHaveCount(6);
  const line = (words: string) => lines.filter({ hasText: words });
  await expect(line("Created a contact: dora@acme.example")).toContainText("for “Sync contacts”");
  await expect(line("Created a contact: cleo@acme.example")).toContainText("by a tool of the application");
  await expect(line("Read contacts")).toContainText("by the application · GET /crm/v3/objects/contacts");
  // A query may name more than the customer needs to read.
  await expect(line("Read contacts")).not.toContainText("secret");
  await expect(line("POST /crm/v3/objects/contacts")).toContainText("Created a contact");
  await expect(line("Could not read a contact")).toContainText("HubSpot has no such thing.");
  await expect(line("GET /account-info/v3/details")).toContainText(/ead something in HubSpot/);
  expect(await violations(page, "activity of every kind")).toEqual([]);
  await shot(page, "portal-activity-kinds");

  frame = await openPortal(page, `${host.origin}/acme`, { language: "de" });
  await frame.getByRole("tab", { name: "Aktivität" }).click();
  await expect(line("Kontakt angelegt: cleo@acme.example")).toContainText("durch ein Werkzeug der Anwendung");
  await expect(line("Kontakte gelesen")).toContainText("durch die Anwendung");
  await expect(line("konnte nicht gelesen werden")).toContainText("In HubSpot gibt es das nicht.");
  await shot(page, "portal-activity-german");
});

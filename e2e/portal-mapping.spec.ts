/** A mapping of the application's own fields: taken away, added, and made by the customer; and what arrives by it. */
import { expect, test } from "@playwright/test";
import { HostApp } from "./src/host-app.ts";
import { allSaved, choose, connect, openPortal, violations } from "./src/portal-frame.ts";
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

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal-mapping"), allow: [simulator.host] });
  const setting = { id: "own", title: "Your own fields", type: "FIELD_MAPPER", sourceType: "contacts", required: false };
  const inputs = { additionalFields: "{{ trigger.mappedIntegrationObject.fields }}" };
  writeProject(server.path("acme.yaml"), {
    project: "Acme",
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    settings: [{ ...setting, useDynamicMapper: true, dynamicObjectName: "lead" }],
    workflows: {
      "Sync contacts": syncContacts({ fieldMapping: "own", steps: [{ create: { action: "contacts.create", inputs } }] }),
    },
  });
  acme = server.apply(server.path("acme.yaml"));
  host.html("/acme", portalPage(server.url, acme.projectId));
  host.serve("/token", "text/plain", userToken(key.privateKey, "ann"));
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test("fields are added, taken away and made, kept, and arrive where the customer said", async ({ page }) => {
  let frame = await openPortal(page, `${host.origin}/acme`);
  await connect(page);
  const row = (name: string) => frame.getByRole("combobox", { name: `${name}: Field in HubSpot` });
  await expect(row("Nickname")).toBeVisible();
  await expect(row("Shoe size")).toHaveCount(0);
  await frame.getByLabel("Add a field").selectOption("Shoe size");
  await choose(frame, "Shoe size: Field in HubSpot", "Job title");
  await frame.getByRole("button", { name: "Create a field" }).click();
  await frame.getByLabel("Name of the new field").fill("Favourite colour");
  await frame.getByRole("button", { name: "Create", exact: true }).click();
  await choose(frame, "Favourite colour: Field in HubSpot", "First name");
  await frame.getByRole("button", { name: "Remove Nickname" }).click();
  await expect(row("Nickname")).toHaveCount(0);
  await allSaved(frame);
  expect(await violations(page, "a mapping of own fields")).toEqual([]);
  await shot(page, "portal-mapping");

  frame = await openPortal(page, `${host.origin}/acme`);
  await expect(row("Shoe size")).toHaveValue("Job title");
  await expect(row("Favourite colour")).toHaveValue("First name");
  await expect(row("Nickname")).toHaveCount(0);
  // What was taken away can be had again.
  await expect(frame.getByLabel("Add a field").getByRole("option", { name: "Nickname" })).toHaveCount(1);
  await frame.getByRole("switch", { name: "Sync contacts" }).click();
  await expect(frame.getByRole("switch", { name: "Sync contacts" })).toHaveAttribute("aria-busy", "false");
  await page.evaluate(() => {
    const { linchpin } = window as unknown as { linchpin: { event(name: string, payload: object): Promise<unknown> } };
    return linchpin.event("Contact Created", { shoe: "44", "Favourite colour": "green", nickname: "Annie" });
  });
  await expect.poll(async () => (await simulator.contacts()).map(({ properties }) => properties)).toEqual([
    expect.objectContaining({ jobtitle: "44", firstname: "green" }),
  ]);
  expect(JSON.stringify(await simulator.contacts())).not.toContain("Annie");
});

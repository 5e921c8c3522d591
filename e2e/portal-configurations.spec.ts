/**
 * One account that is used in several ways: the page makes configurations of it and removes them, the portal shows
 * them, and each has its own settings and switches.
 */
import { expect, type Page, test } from "@playwright/test";
import { HostApp } from "./src/host-app.ts";
import { allSaved, connect, openPortal, portal, violations } from "./src/portal-frame.ts";
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
let users = 0;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("portal-configurations"), allow: [simulator.host] });
  writeProject(server.path("acme.yaml"), {
    project: "Acme",
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    settings: [{ id: "team", title: "Team", type: "TEXT_NO_VARS", required: false }],
    workflows: { "Sync contacts": syncContacts() },
  });
  acme = server.apply(server.path("acme.yaml"));
  host.html("/acme", portalPage(server.url, acme.projectId));
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await host?.stop();
});

test.beforeEach(async () => {
  users += 1;
  host.serve("/token", "text/plain", userToken(key.privateKey, `user-${users}`));
  await simulator.forget();
});

interface Sdk {
  getUser(): { integrations: { hubspot: { allCredentials: { id: string }[] } } };
  createConfiguration(options: object): Promise<{ id: string }>;
  destroyConfiguration(options: object): Promise<void>;
  connect(type: string, options: object): Promise<unknown>;
  closePortal(): void;
  event(name: string, payload: object, options?: object): Promise<unknown>;
}

/** What the host's page does with the user's only account. */
async function onPage(page: Page, what: "create" | "destroy", label: string): Promise<void> {
  await page.evaluate(
    async ([what, label]) => {
      const { linchpin } = window as unknown as { linchpin: Sdk };
      const credentialId = linchpin.getUser().integrations.hubspot.allCredentials[0]?.id;
      if (what === "create") await linchpin.createConfiguration({ credentialId, ...(label === "" ? {} : { externalId: label }) });
      else await linchpin.destroyConfiguration({ credentialId, id: `ext:${label}` });
    },
    [what, label] as const,
  );
}

const send = (page: Page, email: string): Promise<unknown> =>
  page.evaluate(
    (email) => (window as unknown as { linchpin: Sdk }).linchpin.event("Contact Created", { email, first_name: "Ann" }),
    email,
  );

const runs = async (): Promise<number> => (await simulator.contacts()).length;

test("configurations that the page makes are shown, each with its own settings and switches, until it removes them", async ({ page }) => {
  const frame = await openPortal(page, `${host.origin}/acme`);
  await connect(page);
  const sets = frame.getByLabel("Configuration set");
  await expect(frame.getByRole("switch", { name: "Sync contacts" })).toBeVisible();
  // With one there is nothing to choose.
  await expect(sets).toHaveCount(0);
  await frame.getByLabel("Team").fill("Everybody");
  await allSaved(frame);

  await onPage(page, "create", "Berlin");
  await onPage(page, "create", "");
  await expect(sets.getByRole("option")).toHaveText(["Default", "Berlin", "Set 3"]);
  await sets.selectOption("Berlin");
  await expect(frame.getByLabel("Team")).toHaveValue("");
  await frame.getByLabel("Team").fill("Berlin office");
  await allSaved(frame);
  const toggle = frame.getByRole("switch", { name: "Sync contacts" });
  await toggle.click();
  await expect(toggle).toBeChecked();
  await shot(page, "portal-configurations");
  expect(await violations(page, "configurations")).toEqual([]);

  await sets.selectOption("Default");
  await expect(frame.getByLabel("Team")).toHaveValue("Everybody");
  await expect(toggle).not.toBeChecked();
  await sets.selectOption("Berlin");
  await expect(frame.getByLabel("Team")).toHaveValue("Berlin office");
  await expect(toggle).toBeChecked();
  // Nobody's label and nobody's settings are lost by a reload.
  const again = await openPortal(page, `${host.origin}/acme`);
  await again.getByLabel("Configuration set").selectOption("Berlin");
  await expect(again.getByLabel("Team")).toHaveValue("Berlin office");

  // What is on in one of them runs once.
  await expect(again.getByRole("switch", { name: "Sync contacts" })).toHaveAttribute("aria-busy", "false");
  await send(page, "one@acme.example");
  await expect.poll(runs).toBe(1);

  // Removed while it is looked at: the default one is shown instead, and nothing runs for the former.
  await onPage(page, "destroy", "Berlin");
  await expect(again.getByLabel("Configuration set").getByRole("option")).toHaveText(["Default", "Set 2"]);
  await expect(again.getByLabel("Team")).toHaveValue("Everybody");
  await expect(again.getByRole("switch", { name: "Sync contacts" })).not.toBeChecked();
});

test("a page may show one configuration alone", async ({ page }) => {
  const frame = await openPortal(page, `${host.origin}/acme`);
  await connect(page);
  await onPage(page, "create", "Berlin");
  await expect(frame.getByLabel("Configuration set")).toBeVisible();
  await page.evaluate(() => (window as unknown as { linchpin: Sdk }).linchpin.closePortal());
  await expect(page.locator("#linchpin-connect-frame")).toBeHidden();
  await page.evaluate(() => {
    const { linchpin } = window as unknown as { linchpin: Sdk };
    const selectedCredentialId = linchpin.getUser().integrations.hubspot.allCredentials[0]?.id;
    void linchpin.connect("hubspot", { selectedCredentialId, selectedConfigurationId: "ext:Berlin", language: "en" });
  });
  await expect(portal(page).getByRole("switch", { name: "Sync contacts" })).toBeVisible();
  await expect(frame.getByLabel("Configuration set")).toHaveCount(0);
  await frame.getByRole("switch", { name: "Sync contacts" }).click();
  await expect(frame.getByRole("switch", { name: "Sync contacts" })).toBeChecked();
  // It was switched there, and not in the default one.
  const all = await openPortal(page, `${host.origin}/acme`);
  await expect(all.getByRole("switch", { name: "Sync contacts" })).not.toBeChecked();
  await all.getByLabel("Configuration set").selectOption("Berlin");
  await expect(all.getByRole("switch", { name: "Sync contacts" })).toBeChecked();
});

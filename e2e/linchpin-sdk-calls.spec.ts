/** Our own client SDK against the real server: the calls, with several accounts and configurations. */
import { expect, type Page, test } from "@playwright/test";
import { key, useWorld } from "./connect-sdk/world.ts";
import {
  authenticate,
  begin,
  call,
  expectNothingUnseen,
  outcome,
  popupOf,
  serveLinchpin,
  times,
} from "./src/linchpin-page.ts";
import { consent } from "./src/paragon-page.ts";
import { until } from "./src/processes.ts";
import { EXAMPLE } from "./src/project-file.ts";
import type { Applied } from "./src/server.ts";
import { userToken } from "./src/tokens.ts";

const world = useWorld("linchpin-sdk-calls");
/** The simulator's second account. */
const SECOND = "7654321";

test.beforeAll(() => serveLinchpin(world.host, world.server.url));
test.beforeEach(async ({ page }) => {
  await page.goto(`${world.host.origin}/linchpin`);
});
test.afterEach(async ({ page }) => expectNothingUnseen(page));

async function signedIn(page: Page, sub: string, project: Applied = world.acme): Promise<void> {
  expect(await authenticate(page, project.projectId, userToken(key.privateKey, sub))).toEqual({});
}

async function install(page: Page, options: Record<string, unknown> = {}, account?: string): Promise<string> {
  await consent(await popupOf(page, () => begin(page, "installIntegration", "hubspot", options)), account);
  const { value, failure } = await outcome(page);
  expect(failure).toBeUndefined();
  return (value as { credentialId: string }).credentialId;
}

test("headless: connected, drawn and changed without the portal", async ({ page }) => {
  await signedIn(page, "headless");
  const popup = await popupOf(page, () =>
    page.evaluate(() => {
      window.linchpin.setHeadless(true);
      window.waiting = window.linchpin.installFlow.start("hubspot").then((value) => ({ value: JSON.parse(JSON.stringify(value)) }));
    }),
  );
  await consent(popup);
  expect((await outcome(page)).value).toMatchObject({ stage: "done", done: true, result: { integrationType: "hubspot" } });

  const config = await page.evaluate(() => window.linchpin.getIntegrationConfig("hubspot"));
  expect(config.availableUserSettings.map(({ id }) => id)).toEqual(["region", "limit", "field"]);
  expect(config.availableWorkflows.map(({ description }) => description)).toEqual(["Sync contacts", "Second workflow"]);
  const field = config.availableUserSettings.find(({ id }) => id === "field");
  const sources = await page.evaluate((field) => window.linchpin.getSourcesForInput("hubspot", field), field as object);
  expect(sources).toMatchObject({ kind: "single", source: { type: "DYNAMIC_DATA_SOURCE", cacheKey: "contactProperties" } });
  const options = await page.evaluate((sources) => {
    if (sources?.kind !== "single") throw new Error("not single");
    return window.linchpin.getFieldOptions({ integration: "hubspot", source: sources.source });
  }, sources);
  expect(options.data.map(({ value }) => value)).toContain("email");

  expect((await call(page, "updateIntegrationUserSettings", "hubspot", { region: "EU", limit: "many" })).value).toMatchObject({
    errors: [expect.stringContaining("Limit must be a number")],
    userState: { integrations: { hubspot: { sharedSettings: { region: "EU" } } } },
  });
  const sync = world.acme.workflows["Sync contacts"] ?? "";
  expect((await call(page, "updateWorkflowState", { [sync]: true, "00000000-0000-0000-0000-000000000000": true })).value).toMatchObject({
    user: { integrations: { hubspot: { workflowSettings: { [sync]: { enabled: true } } } } },
    errors: [{ workflowId: "00000000-0000-0000-0000-000000000000" }],
  });
  expect((await call(page, "disableWorkflow", sync)).failure).toBeUndefined();
  expect((await call(page, "uninstallIntegration", "hubspot")).failure).toBeUndefined();
  expect(await page.evaluate(() => (window.linchpin.getUser() as { integrations: Record<string, { enabled: boolean }> }).integrations.hubspot?.enabled)).toBe(false);
  expect(await times(page, "onIntegrationInstall")).toBe(1);
  expect(await times(page, "onIntegrationUninstall")).toBe(1);
  await expect(page.locator("iframe")).toHaveCount(0);
});

test("two accounts: each is named by its id, its label, and `ext:` with the label", async ({ page }) => {
  await signedIn(page, "two-accounts");
  const first = await install(page, { externalId: "sales" });
  expect((await call(page, "installIntegration", "hubspot")).failure?.code).toBe("already_installed");
  expect((await call(page, "installIntegration", "hubspot", { allowMultipleCredentials: true, externalId: "sales" })).failure?.code).toBe("external_id_taken");
  const second = await install(page, { allowMultipleCredentials: true, externalId: "support" }, SECOND);
  expect(second).not.toBe(first);
  const sync = world.acme.workflows["Sync contacts"] ?? "";
  for (const selectedCredentialId of [second, "support", "ext:support"]) {
    expect((await call(page, "enableWorkflow", sync, { selectedCredentialId })).failure).toBeUndefined();
    expect((await call(page, "getIntegrationAccount", "hubspot", { selectedCredentialId })).value).toMatchObject({ providerId: SECOND });
    expect((await call(page, "getTriggers", "hubspot", { selectedCredentialId })).value).toHaveProperty("triggers.hubspot");
  }
  const enabled = await page.evaluate((sync) => {
    const user = window.linchpin.getUser();
    if (!user.authenticated) throw new Error("nobody");
    return user.integrations.hubspot?.allCredentials.map(({ externalId, configurations }) => [externalId, configurations[0]?.workflowSettings[sync]?.enabled]);
  }, sync);
  expect(enabled).toEqual([["sales", false], ["support", true]]);
  // Signing in again keeps the account.
  expect(await install(page, { selectedCredentialId: "ext:support" }, SECOND)).toBe(second);
  expect((await call(page, "uninstallIntegration", "hubspot", { selectedCredentialId: "sales" })).failure).toBeUndefined();
  const left = await page.evaluate(() => {
    const user = window.linchpin.getUser();
    return user.authenticated ? user.integrations.hubspot?.allCredentials.map(({ externalId }) => externalId) : [];
  });
  expect(left).toEqual(["support"]);
});

test("two configurations: settings, workflows and events of each", async ({ page }) => {
  await signedIn(page, "two-configurations");
  const credentialId = await install(page, { externalId: "main" });
  const made = await call(page, "createConfiguration", { credentialId: "ext:main", externalId: "team" });
  expect(made.value).toMatchObject({ externalId: "team", isDefault: false, connectCredentialId: credentialId });
  const team = (made.value as { id: string }).id;
  expect((await call(page, "updateConfiguration", { id: "ext:team", credentialId, meta: { color: "red" } })).value).toMatchObject({ id: team, configMeta: { color: "red" } });
  const selection = { selectedCredentialId: "main", selectedConfigurationId: "team" };
  expect((await call(page, "updateIntegrationUserSettings", "hubspot", { region: "US" }, selection)).value).toMatchObject({ errors: [] });
  const sync = world.acme.workflows["Sync contacts"] ?? "";
  expect((await call(page, "enableWorkflow", sync, selection)).failure).toBeUndefined();
  const states = await page.evaluate((sync) => {
    const user = window.linchpin.getUser();
    if (!user.authenticated) throw new Error("nobody");
    return user.integrations.hubspot?.allCredentials[0]?.configurations.map((each) => [each.externalId ?? "default", each.sharedSettings.region ?? "", each.workflowSettings[sync]?.enabled]);
  }, sync);
  expect(states).toEqual([["default", "", false], ["team", "US", true]]);

  const lead = (email: string): object => ({ ...EXAMPLE, email });
  const arrived = async (email: string): Promise<boolean> => (await world.simulator.contacts()).some(({ properties }) => properties.email === email);
  expect((await call(page, "event", "Contact Created", lead("team@example.com"), selection)).value).toHaveProperty("id");
  await until("the contact of the team's configuration", () => arrived("team@example.com"), (there) => there);
  expect((await call(page, "destroyConfiguration", { id: "team", credentialId })).failure).toBeUndefined();
  expect((await call(page, "destroyConfiguration", { id: "team", credentialId })).failure?.code).toBe("not_found");
});

test("an account by a code that came to a redirect page of the product's own", async ({ page }) => {
  await signedIn(page, "by-code");
  const redirectUrl = `${world.host.origin}/callback`;
  const query = new URLSearchParams({
    client_id: "acme-client",
    redirect_uri: redirectUrl,
    scope: "oauth crm.objects.contacts.read crm.objects.contacts.write",
    response_type: "code",
  });
  const consented = await fetch(`${world.simulator.url}/oauth/authorize?${query}`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "account=1234567",
  });
  const authorizationCode = new URL(consented.headers.get("location") ?? "").searchParams.get("code");
  const wrong = await call(page, "completeInstall", "hubspot", { authorizationCode: "no-such-code", redirectUrl });
  expect(wrong.failure).toMatchObject({ isLinchpinError: true, message: expect.stringContaining("HubSpot") });
  expect((await call(page, "completeInstall", "hubspot", { authorizationCode, redirectUrl })).failure).toBeUndefined();
  expect(await times(page, "onIntegrationInstall")).toBe(1);
  const portal = page.frameLocator("#linchpin-connect-frame");
  await expect(portal.getByRole("tab", { name: "Configuration" })).toBeVisible();
  expect((await call(page, "connectAction", "warehouse", {})).failure?.code).toBe("resource_not_found");
});

test("metadata is merged and answered", async ({ page }) => {
  await signedIn(page, "metadata");
  expect((await call(page, "setUserMetadata", { Name: "Ann", plan: "über" })).value).toMatchObject({ meta: { Name: "Ann", plan: "über" } });
  expect((await call(page, "setUserMetadata", { Email: "ann@example.com" })).value).toMatchObject({
    meta: { Name: "Ann", plan: "über", Email: "ann@example.com" },
  });
});

test("a plain script tag has every call, and two instances have a portal each", async ({ page }) => {
  await signedIn(page, "several");
  const second = userToken(key.privateKey, "several-direct");
  const both = await page.evaluate(
    async ([base, projectId, token]) => {
      const { Linchpin } = window.linchpin as unknown as { Linchpin: new (configuration: { baseUrl: string }) => typeof window.linchpin };
      const other = new Linchpin({ baseUrl: base });
      await other.authenticate(projectId, token);
      void window.linchpin.connect("hubspot");
      void other.connect("hubspot");
      Object.assign(window, { other });
      return [window.linchpin, other].map((each) => {
        const user = each.getUser();
        return user.authenticated && user.userId;
      });
    },
    [world.server.url, world.direct.projectId, second] as const,
  );
  expect(both).toEqual(["several", "several-direct"]);
  await expect(page.locator("iframe")).toHaveCount(2);
  for (const index of [0, 1]) {
    await expect(page.locator("iframe").nth(index).contentFrame().getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  }
  await page.evaluate(() => window.linchpin.logout());
  await expect(page.locator("iframe")).toHaveCount(1);
  expect(await page.evaluate(() => (window as unknown as { other: typeof window.linchpin }).other.getUser().authenticated)).toBe(true);
});

/** The unmodified `@useparagon/connect` 2.4.0: accounts, their settings and configurations, installing without the
 * portal. Numbers are those of the client SDK's wire contract. */
import { expect, type Page, test } from "@playwright/test";
import { call, type Configuration, consent, hubspot, install, line, recording } from "../src/paragon-page.ts";
import { EXAMPLE } from "../src/project-file.ts";
import { until } from "../src/processes.ts";
import { asUser, credentials, signedIn, useWorld } from "./world.ts";

const world = useWorld("accounts");
/** The simulator's second account. */
const SECOND = "7654321";

test("36. settings of the integration are stored, and what does not validate is named", async ({ page }) => {
  const token = await signedIn(page, "thirty-six", world.acme);
  expect((await install(page)).error).toBeUndefined();
  const stored = await call(page, "updateIntegrationUserSettings", "hubspot", { region: "EU" });
  expect(stored.error).toBeUndefined();
  const wrong = await call(page, "updateIntegrationUserSettings", "hubspot", { limit: "many" });
  expect(JSON.stringify(wrong)).toContain("Limit must be a number");
  const [credential] = await credentials(world.server, world.acme, token);
  expect(credential?.configurations[0]?.sharedSettings).toEqual({ region: "EU" });
  expect((await hubspot(page)).allCredentials[0]?.configurations[0]?.sharedSettings).toMatchObject({ region: "EU" });
});

test("37. settings of a workflow are stored beside those of the others", async ({ page }) => {
  const token = await signedIn(page, "thirty-seven", world.acme);
  expect((await install(page)).error).toBeUndefined();
  const second = world.acme.workflows["Second workflow"] ?? "";
  const requests = recording(page, world.server.url);
  expect((await call(page, "updateWorkflowUserSettings", "hubspot", second, { list: "7" })).error).toBeUndefined();
  expect(requests.map(line).filter((each) => each.startsWith("PATCH"))).toHaveLength(1);
  const [credential] = await credentials(world.server, world.acme, token);
  const settings = credential?.configurations[0]?.workflowSettings;
  expect(settings?.[second]).toEqual({ enabled: false, settings: { list: "7" } });
  expect(Object.keys(settings ?? {}).sort()).toEqual(Object.values(world.acme.workflows).sort());
});

test("38. getFieldOptions answers the provider's entries, page by page, and searches", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  const owners = "/crm/owners/2026-03";
  const entry = (id: string, firstName: string) => ({ id, email: `${firstName}@acme.example`, firstName, lastName: "A" });
  world.upstream.answer(owners, {
    body: JSON.stringify({ results: [entry("1", "Ann"), entry("2", "Bob")], paging: { next: { after: "2" } } }),
  });
  world.upstream.asked = [];
  const first = await call(page, "getFieldOptions", { integration: "hubspot", action: "owners" });
  expect(first.error).toBeUndefined();
  expect(first.value).toEqual({
    data: [
      { value: "1", label: "Ann A", subtitle: "Ann@acme.example" },
      { value: "2", label: "Bob A", subtitle: "Bob@acme.example" },
    ],
    nestedData: [],
    nextPageCursor: "2",
  });
  const next = { integration: "hubspot", action: "owners", cursor: "2", search: "bob" };
  const second = await call(page, "getFieldOptions", next);
  expect((second.value as { data: unknown[] }).data).toEqual([
    { value: "2", label: "Bob A", subtitle: "Bob@acme.example" },
  ]);
  expect(world.upstream.of(owners).map((asked) => asked.path)).toEqual([`${owners}?limit=100`, `${owners}?limit=100&after=2`]);
  expect(world.upstream.of(owners)[0]?.headers.authorization).toBe("Bearer access-1");
});

test("39. getTriggers answers what the provider can start workflows with", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  const requests = recording(page, world.server.url);
  const { value, error } = await call(page, "getTriggers", "hubspot");
  expect(error).toBeUndefined();
  const { triggers } = value as { triggers: { hubspot: { type: string; triggerModel: string; parameters: unknown[] }[] } };
  expect(triggers.hubspot.length).toBeGreaterThan(2);
  for (const trigger of triggers.hubspot) expect(["POLLING", "WEBHOOK"]).toContain(trigger.triggerModel);
  expect(requests.map((request) => new URL(request.url()).search)).toEqual(["?integrations=hubspot"]);
});

test("40. getIntegrationAccount works, and hands out no token for HubSpot", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  for (const options of [undefined, { includeAccountAuth: false }, { includeAccountAuth: true }]) {
    const { value, error } = await call(page, "getIntegrationAccount", "hubspot", options);
    expect(error).toBeUndefined();
    expect(value).toMatchObject({ type: "hubspot", providerId: "1000001" });
    expect(JSON.stringify(value)).not.toContain("access-1");
  }
});

test("41. and 42. configurations: made by a raw `ext:`, changed and removed by header, the default one stays", async ({ page }) => {
  const token = await signedIn(page, "double", world.direct);
  const requests = recording(page, world.server.url);
  const made = await call(page, "createConfiguration", { credentialId: "ext:acct-a", externalId: "list-1" });
  expect(made.error).toBeUndefined();
  const configuration = made.value as Configuration;
  expect(configuration).toMatchObject({ externalId: "list-1", isDefault: false });
  expect(requests.map(line)).toContain(
    `POST /projects/${world.direct.projectId}/sdk/credentials/ext:acct-a/configurations`,
  );
  const account = (await hubspot(page)).allCredentials.find((each) => each.externalId === "acct-a");
  const changed = await call(page, "updateConfiguration", {
    id: configuration.id,
    credentialId: account?.id,
    meta: { region: "EU" },
  });
  expect(changed.error).toBeUndefined();
  expect(changed.value).toMatchObject({ id: configuration.id, configMeta: { region: "EU" } });

  // An event for that configuration runs there alone, with that account's token.
  const contacts = "/crm/objects/2026-03/contacts";
  world.upstream.answer(contacts, { status: 201, body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}' });
  world.upstream.asked = [];
  await call(page, "event", "Contact Created", EXAMPLE, {
    selectedCredentialId: account?.id,
    selectedConfigurationId: configuration.id,
  });
  await until("the create", async () => world.upstream.of(contacts).length, (count) => count === 1);
  await page.waitForTimeout(300);
  expect(world.upstream.of(contacts).map((asked) => asked.headers.authorization)).toEqual(["Bearer access-11"]);

  const first = account?.configurations.find((each) => each.isDefault);
  const refused = await call(page, "destroyConfiguration", { id: first?.id, credentialId: account?.id });
  expect(refused.error).toBeTruthy();
  const removed = await call(page, "destroyConfiguration", { id: configuration.id, credentialId: account?.id });
  expect(removed.error).toBeUndefined();
  const left = (await credentials(world.server, world.direct, token)).find((each) => each.externalId === "acct-a");
  expect(left?.configurations.map((each) => each.id)).toEqual([first?.id]);
});

test("44. completeInstall stores the account of a code that the page received", async ({ page }) => {
  await signedIn(page, "forty-four", world.acme);
  const redirect = `${world.host.origin}/callback`;
  const query = new URLSearchParams({
    client_id: "acme-client",
    redirect_uri: redirect,
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
  expect(authorizationCode).toBeTruthy();
  const done = await call(page, "completeInstall", "hubspot", {
    authorizationCode,
    redirectUrl: redirect,
    showPortalAfterInstall: false,
  });
  expect(done.error).toBeUndefined();
  expect(await hubspot(page)).toMatchObject({ enabled: true, credentialStatus: "VALID" });
  expect(await page.evaluate(() => window.seen)).toEqual([]);
});

test("46. and 64. a further account, and disconnecting one of two leaves the other", async ({ page }) => {
  await signedIn(page, "sixty-four", world.acme);
  expect((await install(page)).error).toBeUndefined();
  expect((await install(page, { allowMultipleCredentials: true }, SECOND)).error).toBeUndefined();
  const both = (await hubspot(page)).allCredentials;
  expect(both.map((each) => each.providerId)).toEqual(["1234567", SECOND]);
  const removed = await call(page, "uninstallIntegration", "hubspot", { selectedCredentialId: both[1]?.id });
  expect(removed.error).toBeUndefined();
  const state = await hubspot(page);
  expect(state.enabled).toBe(true);
  expect(state.allCredentials.map((each) => each.id)).toEqual([both[0]?.id]);
});

test("62. a label given at install is on the account, and is good once", async ({ page }) => {
  const token = await signedIn(page, "sixty-two", world.acme);
  expect((await install(page, { externalId: "acct-1" })).error).toBeUndefined();
  const [credential] = await credentials(world.server, world.acme, token);
  expect(credential?.externalId).toBe("acct-1");
  const again = await call(page, "installIntegration", "hubspot", { externalId: "acct-1", allowMultipleCredentials: true });
  expect(again.error).toBeTruthy();
  const query = new URLSearchParams({
    action: "hubspot",
    integrationId: world.acme.integrations.hubspot ?? "",
    originForPostMessage: world.host.origin,
    installOptions: JSON.stringify({ externalId: "acct-1" }),
    oauthMetaKeyId: "sixtytwo",
  });
  const built = await fetch(`${world.server.url}/v2/projects/${world.acme.projectId}/sdk/actions/build-oauth?${query}`, {
    headers: asUser(token),
  });
  expect(built.status).toBe(422);
});

test("63. connecting an account again keeps its id and settings, and makes it valid", async ({ page }) => {
  const token = await signedIn(page, "sixty-three", world.acme);
  expect((await install(page)).error).toBeUndefined();
  const workflow = world.acme.workflows["Sync contacts"] ?? "";
  expect((await call(page, "enableWorkflow", workflow)).error).toBeUndefined();
  const [before] = await credentials(world.server, world.acme, token);
  await world.simulator.faults({ revokeRefreshTokens: true, expireAccessTokens: true });
  await call(page, "request", "hubspot", "/crm/objects/2026-03/contacts", { method: "GET" });
  await expect.poll(async () => (await credentials(world.server, world.acme, token))[0]?.status).toBe("INVALID");
  await world.simulator.faults({ revokeRefreshTokens: false, expireAccessTokens: false });
  expect((await install(page, { selectedCredentialId: before?.id })).error).toBeUndefined();
  const [after] = await credentials(world.server, world.acme, token);
  expect(after).toMatchObject({ id: before?.id, status: "VALID" });
  expect(after?.configurations[0]?.workflowSettings[workflow]?.enabled).toBe(true);
});

/** Starts the SDK's flow for pages with a portal of their own; what it reports is in `window.seen`. */
async function flow(page: Page, options: Record<string, unknown> = {}): Promise<void> {
  await page.evaluate((options) => {
    const { paragon, seen } = window;
    paragon.setHeadless(true);
    paragon.installFlow.start("hubspot", {
      ...options,
      onNext: (next: unknown) => seen.push({ name: "next", payload: JSON.parse(JSON.stringify(next)) as unknown }),
      onComplete: (event: unknown) => seen.push({ name: "complete", payload: JSON.parse(JSON.stringify(event)) as unknown }),
      onError: (error: Error) => seen.push({ name: "error", payload: `${error.name} ${error.message}` }),
    });
  }, options);
}

const reported = (page: Page, name: string) =>
  page.evaluate((name) => window.seen.filter((each) => each.name === name).map((each) => each.payload), name);

test("60. the headless flow goes to the consent page and completes", async ({ page }) => {
  await signedIn(page, "sixty", world.acme);
  const [popup] = await Promise.all([page.context().waitForEvent("page"), flow(page)]);
  await consent(popup);
  await expect.poll(() => reported(page, "complete")).toHaveLength(1);
  expect(JSON.stringify(await reported(page, "next"))).toContain("oauth");
  const [credential] = (await hubspot(page)).allCredentials;
  expect(JSON.stringify(await reported(page, "complete"))).toContain(credential?.id);
  expect(await reported(page, "error")).toEqual([]);
});

test("61. a time limit ends the headless flow, and its session", async ({ page }) => {
  await signedIn(page, "sixty-one", world.acme);
  const requests = recording(page, world.server.url);
  await Promise.all([page.context().waitForEvent("page"), flow(page, { oauthTimeout: 2_000 })]);
  await expect.poll(() => reported(page, "error")).toEqual([expect.stringMatching(/OAuthTimeoutError/)]);
  await expect.poll(() => requests.map(line).filter((each) => /DELETE .*session-id/.test(each))).toHaveLength(1);
  expect((await hubspot(page)).enabled).toBe(false);
});

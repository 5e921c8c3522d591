// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "disableIframePageLoading": true, "handleDisabledFileLoadingAsSuccess": true } }
import { describe, expect, it, vi } from "vitest";
import { full, Linchpin } from "../src/full.js";
import { BASE, credential, hubspot, me, PROJECT, stubServer, token, WORKFLOW } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;

async function connected(integration: Record<string, unknown> = {}, routes: Parameters<typeof stubServer>[0] = {}) {
  const server = stubServer({
    [`GET ${P}/integrations`]: { body: [{ ...hubspot(), ...integration }] },
    [`GET ${P}/me`]: { body: me([credential()]) },
    ...routes,
  });
  const linchpin = full(new Linchpin({ baseUrl: BASE }));
  await linchpin.authenticate(PROJECT, token());
  return { linchpin, ...server };
}

describe("configurations", () => {
  const second = { ...(credential().configurations as object[])[0], id: "conf-2", isDefault: false, externalId: "team", dateCreated: "2026-02-01T00:00:00Z", configMeta: { a: 1 } };
  const two = { ...credential(), configurations: [...(credential().configurations as object[]), second] };
  const path = `${P}/credentials/cred-1/configurations`;

  it("are added to an account that is named by its label; the newest is answered", async () => {
    const { linchpin, received } = await connected({}, { [`POST ${path}`]: { body: two } });
    await expect(linchpin.createConfiguration({ credentialId: "ext:ext-cred-1", externalId: "team" })).resolves.toMatchObject({ id: "conf-2" });
    expect(received.at(-2)).toMatchObject({ body: { externalId: "team" } });
    await expect(linchpin.createConfiguration({ credentialId: "cred-1", externalId: " " })).rejects.toMatchObject({ code: "invalid_options" });
    await expect(linchpin.createConfiguration({ credentialId: "other" })).rejects.toMatchObject({ code: "credential_not_found" });
  });

  it.each(["conf-2", "team", "ext:team"])("are changed by %s", async (id) => {
    const { linchpin, received } = await connected({}, { [`PATCH ${path}`]: { body: two } });
    await expect(linchpin.updateConfiguration({ id, credentialId: "cred-1", meta: { a: 1 } })).resolves.toMatchObject({ id: "conf-2" });
    expect(received.at(-2)).toMatchObject({ body: { meta: { a: 1 } }, headers: { "X-Paragon-Configuration-Id": id } });
  });

  it("are removed", async () => {
    const { linchpin, received } = await connected({}, { [`DELETE ${path}`]: { body: {} } });
    await linchpin.destroyConfiguration({ id: "conf-2", credentialId: "cred-1" });
    expect(received.at(-2)).toMatchObject({ method: "DELETE", headers: { "X-Paragon-Configuration-Id": "conf-2" } });
  });

  it("have settings of their own", async () => {
    const { linchpin, received } = await connected({}, {
      [`GET ${P}/me`]: { body: me([two]) },
      [`PATCH ${P}/credentials/cred-1`]: { body: two },
    });
    await linchpin.updateIntegrationUserSettings("hubspot", { note: "new" }, { selectedConfigurationId: "team" });
    expect(received.at(-2)).toMatchObject({ headers: { "X-Paragon-Configuration-Id": "conf-2" }, body: { config: { sharedSettings: { note: "new" } } } });
    await expect(linchpin.updateIntegrationUserSettings("hubspot", {}, { selectedConfigurationId: "none" })).rejects.toMatchObject({ code: "configuration_not_found" });
  });
});

describe("further calls", () => {
  it("completes an install by a code, and tells it once", async () => {
    const { linchpin, received } = await connected({}, { [`POST ${P}/credentials`]: { body: credential() } });
    const installed: unknown[] = [];
    linchpin.subscribe("onIntegrationInstall", (event) => installed.push(event));
    await linchpin.completeInstall("hubspot", { authorizationCode: "c", redirectUrl: "app.acme.com/back", showPortalAfterInstall: false });
    expect(received.at(-2)?.body).toEqual({ code: "c", integrationId: "int-1", integrationOptions: {}, redirectUrl: "https://app.acme.com/back" });
    expect(installed).toHaveLength(1);
    expect(document.querySelector("iframe")).toBeNull();
    await linchpin.completeInstall("hubspot", { authorizationCode: "c" });
    expect(document.querySelector("iframe")).not.toBeNull();
    await expect(linchpin.completeInstall("hubspot", { authorizationCode: "" })).rejects.toMatchObject({ code: "invalid_options" });
    linchpin.logout();
  });

  it("connects a resource by its slug", async () => {
    const { linchpin } = await connected({}, {
      [`GET ${P}/me`]: { body: { ...me(), resources: [{ id: "res-1", slug: "warehouse" }] } },
      [`POST ${P}/resources/res-1/connect`]: { body: credential() },
    });
    await expect(linchpin.connectAction("warehouse", { key: "k" })).resolves.toMatchObject({ id: "cred-1" });
    await expect(linchpin.connectAction("other", {})).rejects.toMatchObject({ code: "resource_not_found", message: expect.stringContaining("warehouse") });
  });

  it("reads triggers and the account of the credential that is named", async () => {
    const { linchpin, received } = await connected({}, {
      [`GET /projects/${PROJECT}/triggers`]: { body: { triggers: { hubspot: [] } } },
      [`GET ${P}/credentials`]: { body: { ...hubspot(), providerId: "portal-7" } },
    });
    await expect(linchpin.getTriggers("hubspot", { selectedCredentialId: "ext-cred-1" })).resolves.toEqual({ triggers: { hubspot: [] } });
    expect(received.at(-1)).toMatchObject({ path: `/projects/${PROJECT}/triggers?integrations=hubspot`, headers: { "X-Paragon-Credential": "cred-1" } });
    await expect(linchpin.getIntegrationAccount("hubspot")).resolves.toMatchObject({ providerId: "portal-7" });
    expect(received.at(-1)?.path).toBe(`${P}/credentials?integration=hubspot&includeAccountAuth=false`);
  });

  it("subscribes to triggers, lists the subscriptions, and ends them", async () => {
    const path = `/projects/${PROJECT}/trigger-subscriptions`;
    const made = { id: "sub-1", trigger: "HUBSPOT_CONTACTS_CREATED", url: "https://agent.acme.com/events", secret: "whsec_x" };
    const { linchpin, received } = await connected({}, {
      [`POST ${path}`]: { status: 201, body: made },
      [`GET ${path}`]: { body: { subscriptions: [made] } },
      [`DELETE ${path}/sub-1`]: { status: 204 },
    });
    const wish = { trigger: "HUBSPOT_CONTACTS_CREATED", url: "https://agent.acme.com/events" };
    await expect(linchpin.subscribeToTrigger(wish, { selectedCredentialId: "cred-1" })).resolves.toEqual(made);
    expect(received.at(-1)).toMatchObject({ body: wish, headers: { "X-Paragon-Credential": "cred-1" } });
    await expect(linchpin.getTriggerSubscriptions()).resolves.toEqual([made]);
    await linchpin.unsubscribeFromTrigger("sub-1");
    expect(received.at(-1)).toMatchObject({ method: "DELETE", path: `${path}/sub-1` });
  });

  it("gives the address of a workflow's own webhook", async () => {
    const { linchpin } = await connected({ workflows: [{ id: WORKFLOW, description: "Sync", customWebhookTriggerId: "hook-1" }] });
    await expect(linchpin.getCustomWebhookUserManualUrl(WORKFLOW)).resolves.toBe(`${BASE}/triggers/connect/${PROJECT}/int-1/custom-triggers/hook-1?id=cred-1`);
    await expect(linchpin.getCustomWebhookUserManualUrl("other")).rejects.toMatchObject({ code: "workflow_not_found" });
  });
});

describe("an integration, described", () => {
  const owners = { type: "DYNAMIC_DATA_SOURCE", title: "Owners", cacheKey: "owners" };
  const fields = { type: "DYNAMIC_DATA_SOURCE", title: "Fields", cacheKey: "fields" };
  const sdkIntegrationConfig = {
    dataSources: {
      owners,
      map: { type: "FIELD_MAPPER_DATA_SOURCE", recordSource: owners, fieldSource: fields, dependentInputSource: owners },
      combo: { type: "COMBO_INPUT_DATA_SOURCE", mainInputSource: owners, dependentInputSource: fields },
      more: { type: "DYNAMIC_COMBO_INPUT_DATA_SOURCE", mainInputSource: owners, dependentInputSource: fields },
    },
  };

  it("lists workflows in their order, those of nobody and of others apart", async () => {
    const meta = (id: string, more: object = {}): object => ({ id, inputs: [], ...more });
    const { linchpin } = await connected({
      configs: [{ id: "c", values: { description: "Short", overview: "# Long", sharedMeta: { inputs: [{ id: "note", title: "Note", type: "TEXT_NO_VARS" }] }, workflowMeta: {
        last: meta("last"), second: meta("second", { order: 2 }), first: meta("first", { order: 1 }), shy: meta("shy", { hidden: true }), denied: meta("denied", { permissions: {} }), gone: meta("gone") } } }],
      workflows: ["last", "second", "first", "shy"].map((id) => ({ id, description: `The ${id}` })),
      noPermissionWorkflows: ["denied"],
    });
    const config = linchpin.getIntegrationConfig("hubspot");
    expect(config).toMatchObject({ shortDescription: "Short", longDescription: "# Long", availableUserSettings: [{ id: "note" }] });
    expect(config.availableWorkflows.map(({ description }) => description)).toEqual(["The first", "The second", "The last"]);
    expect(config.hiddenWorkflows.map(({ id }) => id)).toEqual(["shy", "denied"]);
  });

  it("says where each kind of input gets its choices", async () => {
    const { linchpin } = await connected({ sdkIntegrationConfig });
    const of = (sourceType: string, more: object = {}) => linchpin.getSourcesForInput("hubspot", { type: "X", title: "X", sourceType, ...more });
    expect(of("owners")).toEqual({ kind: "single", source: owners });
    expect(of("combo")).toEqual({ kind: "combo", mainInputSource: owners, dependentInputSource: fields });
    expect(of("more")).toEqual({ kind: "defaultFieldValue", mainInputSource: owners, dependentInputSource: fields });
    expect(of("nothing")).toBeNull();
    expect(of("map")).toEqual({ kind: "fieldMapper", recordSource: owners, fieldSource: fields, dependentInputSource: owners });
    linchpin.setDataSources({ mapObjectFields: { Lead: { objectTypes: { get: vi.fn() }, integrationFields: { get: vi.fn() }, applicationFields: { fields: [{ label: "A", value: "a" }] } } } });
    expect(of("map", { dynamicObjectName: "Lead" })).toMatchObject({
      kind: "fieldMapper",
      recordSource: { dynamicFieldMappingKey: "Lead", dynamicFieldMappingType: "objectTypes" },
      fieldSource: { dynamicFieldMappingType: "integrationFields" },
      mapObjectFieldOptions: { useBYOFieldMappingOption: true, fields: [{ value: "a" }] },
    });
  });

  it("says the same of inputs of triggers", async () => {
    const { linchpin } = await connected();
    const of = (more: object) => linchpin.getSourcesForActionInput({ id: "i", title: "I", type: "ENUM", ...more });
    expect(of({ values: ["a", { value: 2, label: "Two" }] })).toMatchObject({ kind: "single", source: { values: [{ value: "a", label: "a" }, { value: "2", label: "Two" }] } });
    expect(of({ valuesSource: { sourceType: "lists", dependencies: ["x"] } })).toMatchObject({ source: { cacheKey: "lists", refreshDependencies: ["x"] } });
    expect(of({ supportedKeysSource: { sourceType: "keys", dependencies: [] }, supportedOperators: ["$exists"] })).toMatchObject({ kind: "conditional", supportedOperators: ["$exists"] });
    expect(of({})).toBeNull();
  });

  it("reads lists of the page, fixed and loaded, and the provider's", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const loadOptions = vi.fn(async (cursor?: string) => ({ options: [{ label: "B", value: "b" }], nextPageCursor: cursor ? null : "2" }));
    const { linchpin, received } = await connected({ sdkIntegrationConfig }, { [`POST ${P}/actions`]: { body: { output: { records: [{ id: "n", title: "N", type: "string" }], nextPageCursor: "" } } } });
    linchpin.setDataSources({
      dropdowns: { fixed: [{ label: "A", value: "a" }, { label: "A again", value: "a" }, { label: "", value: "x" }], loaded: { loadOptions } },
      integrationSpecificSources: { hubspot: { dropdowns: { own: [{ label: "H", value: "h" }] } } },
    });
    const ask = (action: string, cursor?: string) => linchpin.getFieldOptions({ integration: "hubspot", action, ...(cursor && { cursor }) });
    expect(await ask("fixed")).toEqual({ data: [{ label: "A", value: "a" }], nestedData: [], nextPageCursor: null });
    expect(warn).toHaveBeenCalled();
    expect(await ask("own")).toMatchObject({ data: [{ value: "h" }] });
    expect(await ask("loaded")).toMatchObject({ data: [{ value: "b" }], nextPageCursor: "2" });
    expect(await ask("loaded", "2")).toMatchObject({ nextPageCursor: null });
    expect(loadOptions).toHaveBeenLastCalledWith("2", undefined);
    expect(received.some(({ path }) => path === `${P}/actions`)).toBe(false);
    expect(await linchpin.getFieldOptions({ integration: "hubspot", source: owners })).toEqual({ data: [], nestedData: [{ id: "n", title: "N", type: "string" }], nextPageCursor: null });
    await expect(linchpin.getFieldOptions({ integration: "hubspot" })).rejects.toMatchObject({ code: "invalid_options" });
    await expect(linchpin.getDataSourceOptions("hubspot", "owners")).resolves.toEqual(owners);
  });
});

/** Every HubSpot action with inputs, and the call of HubSpot's official Node client that means the same. */
import type { Client } from "@hubspot/api-client";
import { type Pair, SETTINGS } from "./hubspot-settings.ts";

export type { Pair } from "./hubspot-settings.ts";

/** The fields of every kind of record, with the texts in them that an address or a body must carry unharmed. */
const FIELDS = { label: 'Zoë & Söhne "GmbH"', note: "100 % / ready?" };
const ASSOCIATIONS = [
  { to: { id: "512" }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }] },
];
const SEARCH = {
  filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: "a+b@example.com" }] }],
  query: "Zoë",
  sorts: ["-createdate"],
  properties: ["email", "name"],
  limit: 20,
  after: "40",
};

const additional = (fields: Record<string, string>) => ({ additionalFields: JSON.stringify(fields) });
const search = { ...SEARCH, sorts: "-createdate", properties: "email, name" } as const;

/** Calls of one kind of record in the client: each kind has its own class there, all with these methods. */
interface Records {
  create(fields: Record<string, string>): Promise<unknown>;
  update(id: string, fields: Record<string, string>, idProperty?: string): Promise<unknown>;
  upsert(id: string, idProperty: string, fields: Record<string, string>): Promise<unknown>;
  get(id: string, properties?: string[], idProperty?: string): Promise<unknown>;
  search(): Promise<unknown>;
  list(properties: string[], limit: number, after: string): Promise<unknown>;
  archive(id: string): Promise<unknown>;
  batch: Batch;
}

interface BatchRecord {
  id?: string;
  idProperty?: string;
  properties: Record<string, string>;
  associations?: unknown;
  objectWriteTraceId: string;
}

/** Calls of many records at once. */
interface Batch {
  create(inputs: BatchRecord[]): Promise<unknown>;
  update(inputs: BatchRecord[]): Promise<unknown>;
  upsert(inputs: BatchRecord[]): Promise<unknown>;
  read(ids: string[], properties: string[], idProperty: string): Promise<unknown>;
  archive(ids: string[]): Promise<unknown>;
}

/** The methods that the client's classes for many records share. */
interface BatchApi {
  create(body: unknown): Promise<unknown>;
  update(body: unknown): Promise<unknown>;
  upsert(body: unknown): Promise<unknown>;
  read(body: unknown): Promise<unknown>;
  archive(body: unknown): Promise<unknown>;
}

const batch = (api: BatchApi): Batch => ({
  create: (inputs) => api.create({ inputs }),
  update: (inputs) => api.update({ inputs }),
  upsert: (inputs) => api.upsert({ inputs }),
  read: (ids, properties, idProperty) =>
    api.read({ inputs: ids.map((id) => ({ id })), properties, idProperty }),
  archive: (ids) => api.archive({ inputs: ids.map((id) => ({ id })) }),
});

type Kind = "contacts" | "companies" | "deals" | "tickets";

function kind(client: Client, name: Kind): Records {
  // The four classes are the same but for the names of their types.
  const api = client.crm[name] as Client["crm"]["contacts"];
  return {
    create: (properties) =>
      api.basicApi.create({
        properties,
        ...(name === "contacts" ? {} : { associations: ASSOCIATIONS }),
      } as Parameters<typeof api.basicApi.create>[0]),
    update: (id, properties, idProperty) => api.basicApi.update(id, { properties }, idProperty),
    upsert: (id, idProperty, properties) => api.batchApi.upsert({ inputs: [{ id, idProperty, properties }] }),
    get: (id, properties, idProperty) =>
      api.basicApi.getById(id, properties, undefined, undefined, undefined, idProperty),
    search: () => api.searchApi.doSearch(SEARCH as Parameters<typeof api.searchApi.doSearch>[0]),
    list: (properties, limit, after) => api.basicApi.getPage(limit, after, properties),
    archive: (id) => api.basicApi.archive(id),
    batch: batch(api.batchApi as unknown as BatchApi),
  };
}

function custom(client: Client, type: string): Records {
  const api = client.crm.objects;
  return {
    create: (properties) =>
      api.basicApi.create(type, { properties, associations: ASSOCIATIONS } as Parameters<
        typeof api.basicApi.create
      >[1]),
    update: (id, properties, idProperty) => api.basicApi.update(type, id, { properties }, idProperty),
    upsert: (id, idProperty, properties) =>
      api.batchApi.upsert(type, { inputs: [{ id, idProperty, properties }] }),
    get: (id, properties, idProperty) =>
      api.basicApi.getById(type, id, properties, undefined, undefined, undefined, idProperty),
    search: () => api.searchApi.doSearch(type, SEARCH as Parameters<typeof api.searchApi.doSearch>[1]),
    list: (properties, limit, after) => api.basicApi.getPage(type, limit, after, properties),
    archive: (id) => api.basicApi.archive(type, id),
    batch: batch({
      create: (body) => api.batchApi.create(type, body as never),
      update: (body) => api.batchApi.update(type, body as never),
      upsert: (body) => api.batchApi.upsert(type, body as never),
      read: (body) => api.batchApi.read(type, body as never),
      archive: (body) => api.batchApi.archive(type, body as never),
    }),
  };
}

/** The required field of a new record of each kind, and a value. */
const REQUIRED: Record<Kind | "objects", Record<string, string>> = {
  contacts: { email: "a+b@example.com" },
  companies: { name: "Zoë & Söhne" },
  deals: { dealname: "Bus / 2" },
  tickets: { subject: "Help?", hs_pipeline_stage: "1" },
  objects: {},
};

function records(
  resource: Kind | "objects",
  more: Record<string, string>,
  at: (client: Client) => Records,
): Pair[] {
  const required = REQUIRED[resource];
  const upsert =
    resource === "contacts"
      ? { inputs: { email: "a+b@example.com" }, id: "a+b@example.com", idProperty: "email", fields: required }
      : {
          inputs: { id: "A/1", idProperty: "external_id" },
          id: "A/1",
          idProperty: "external_id",
          fields: {},
        };
  return [
    {
      action: `${resource}.create`,
      inputs: {
        ...more,
        ...required,
        ...additional(FIELDS),
        ...(resource === "contacts" ? {} : { associations: JSON.stringify(ASSOCIATIONS) }),
      },
      call: (client) => at(client).create({ ...required, ...FIELDS }),
    },
    {
      action: `${resource}.update`,
      inputs: { ...more, id: "a+b@example.com", idProperty: "email", ...additional(FIELDS) },
      call: (client) => at(client).update("a+b@example.com", FIELDS, "email"),
    },
    {
      action: `${resource}.upsert`,
      inputs: { ...more, ...upsert.inputs, ...additional(FIELDS) },
      call: (client) => at(client).upsert(upsert.id, upsert.idProperty, { ...upsert.fields, ...FIELDS }),
    },
    {
      action: `${resource}.get`,
      inputs: { ...more, id: "512", properties: "email, name" },
      call: (client) => at(client).get("512", ["email", "name"]),
    },
    { action: `${resource}.search`, inputs: { ...more, ...search }, call: (client) => at(client).search() },
    {
      action: `${resource}.list`,
      inputs: { ...more, properties: "email, name", limit: 20, after: "40" },
      call: (client) => at(client).list(["email", "name"], 20, "40"),
    },
    {
      action: `${resource}.delete`,
      inputs: { ...more, id: "512" },
      call: (client) => at(client).archive("512"),
    },
    ...batches(resource, more, (client) => at(client).batch),
  ];
}

/** The same for several records in one call. Each is named, so that an outcome can be told apart. */
function batches(
  resource: Kind | "objects",
  more: Record<string, string>,
  at: (client: Client) => Batch,
): Pair[] {
  const contacts = resource === "contacts";
  const required = REQUIRED[resource];
  const second = Object.fromEntries(Object.keys(required).map((name) => [name, `2${required[name]}`]));
  const associations = contacts ? {} : { associations: ASSOCIATIONS };
  const list = (records: unknown[]) => JSON.stringify(records);
  return [
    {
      action: `${resource}.createBatch`,
      inputs: {
        ...more,
        records: list([
          { ...required, ...associations, additionalFields: FIELDS },
          { ...second, additionalFields: FIELDS },
        ]),
      },
      call: (client) =>
        at(client).create([
          { properties: { ...required, ...FIELDS }, ...associations, objectWriteTraceId: "1" },
          { properties: { ...second, ...FIELDS }, objectWriteTraceId: "2" },
        ]),
    },
    {
      action: `${resource}.updateBatch`,
      inputs: {
        ...more,
        idProperty: "email",
        records: list([
          { id: "a+b@example.com", additionalFields: FIELDS },
          { id: "c@example.com", additionalFields: { label: "" } },
        ]),
      },
      call: (client) =>
        at(client).update([
          { id: "a+b@example.com", idProperty: "email", properties: FIELDS, objectWriteTraceId: "1" },
          { id: "c@example.com", idProperty: "email", properties: { label: "" }, objectWriteTraceId: "2" },
        ]),
    },
    {
      action: `${resource}.upsertBatch`,
      inputs: contacts
        ? { records: list([{ ...required, additionalFields: FIELDS }]) }
        : { ...more, idProperty: "external_id", records: list([{ id: "A/1", additionalFields: FIELDS }]) },
      call: (client) =>
        at(client).upsert([
          contacts
            ? {
                id: "a+b@example.com",
                idProperty: "email",
                properties: { ...required, ...FIELDS },
                objectWriteTraceId: "1",
              }
            : { id: "A/1", idProperty: "external_id", properties: FIELDS, objectWriteTraceId: "1" },
        ]),
    },
    {
      action: `${resource}.getBatch`,
      // A record that was read elsewhere stands for its id.
      inputs: {
        ...more,
        ids: list(["A/1", { id: "B", properties: {} }]),
        idProperty: "external_id",
        properties: "email, name",
      },
      call: (client) => at(client).read(["A/1", "B"], ["email", "name"], "external_id"),
    },
    {
      action: `${resource}.deleteBatch`,
      inputs: { ...more, ids: list(["512", 513]) },
      call: (client) => at(client).archive(["512", "513"]),
    },
  ];
}

const AT = "2026-11-26T09:00:00.000Z";
const ENGAGEMENTS: Record<string, Record<string, string>> = {
  notes: { hs_timestamp: AT, hs_note_body: "Called & agreed" },
  tasks: { hs_timestamp: AT, hs_task_subject: "Call back" },
  calls: { hs_timestamp: AT, hs_call_title: "First call" },
  emails: { hs_timestamp: AT, hs_email_direction: "EMAIL" },
  meetings: { hs_timestamp: AT, hs_meeting_title: "Kick-off" },
};

/** What can be done with an engagement besides making it. */
function engagement(name: string, fields: Record<string, string>): Pair[] {
  // The client has one class for all kinds of objects, and the kind is its first parameter.
  const api = (client: Client) => client.crm.objects;
  return [
    {
      action: `${name}.update`,
      inputs: { id: "512", ...fields },
      call: (client) => api(client).basicApi.update(name, "512", { properties: fields }),
    },
    {
      action: `${name}.get`,
      inputs: { id: "512", properties: "hs_timestamp, hs_object_id" },
      call: (client) => api(client).basicApi.getById(name, "512", ["hs_timestamp", "hs_object_id"]),
    },
    {
      action: `${name}.search`,
      inputs: search,
      call: (client) => api(client).searchApi.doSearch(name, SEARCH as never),
    },
    {
      action: `${name}.list`,
      inputs: { properties: "hs_timestamp", limit: 20, after: "40" },
      call: (client) => api(client).basicApi.getPage(name, 20, "40", ["hs_timestamp"]),
    },
    {
      action: `${name}.delete`,
      inputs: { id: "512" },
      call: (client) => api(client).basicApi.archive(name, "512"),
    },
  ];
}

/** The client has no method for these; a test of the connector holds them to what HubSpot documents. */
export const WITHOUT_METHOD = ["forms.submit"];

export const PAIRS: Pair[] = [
  ...SETTINGS,
  ...Object.entries(ENGAGEMENTS).flatMap(([name, fields]) => engagement(name, fields)),
  ...(["contacts", "companies", "deals", "tickets"] as const).flatMap((name) =>
    records(name, {}, (client) => kind(client, name)),
  ),
  ...records("objects", { objectType: "2-1234" }, (client) => custom(client, "2-1234")),
  ...Object.entries(ENGAGEMENTS).map(([name, fields]) => ({
    action: `${name}.create`,
    inputs: { ...fields, associations: JSON.stringify(ASSOCIATIONS) },
    call: (client: Client) => {
      const api = client.crm.objects[name as "notes"].basicApi;
      return api.create({ properties: fields, associations: ASSOCIATIONS } as Parameters<
        typeof api.create
      >[0]);
    },
  })),
  {
    action: "associations.create",
    inputs: { fromType: "contacts", fromId: "101", toType: "companies", toId: "512" },
    call: (client) =>
      client.crm.associations.v4.basicApi.createDefault("contacts", "101", "companies", "512"),
  },
  ...(["contacts", "companies", "deals", "tickets"] as const).map((name) => ({
    action: `${name}.merge`,
    inputs: { primaryObjectId: "101", objectIdToMerge: "102" },
    call: (client: Client) =>
      (client.crm[name] as Client["crm"]["contacts"]).basicApi.merge({
        primaryObjectId: "101",
        objectIdToMerge: "102",
      }),
  })),
  {
    action: "contacts.erase",
    inputs: { id: "a+b@example.com", idProperty: "email" },
    call: (client) =>
      client.crm.contacts.basicApi.purge({ objectId: "a+b@example.com", idProperty: "email" }),
  },
  {
    action: "associations.label",
    inputs: {
      fromType: "contacts",
      fromId: "101",
      toType: "companies",
      toId: "512",
      category: "USER_DEFINED",
      typeId: 37,
    },
    call: (client) =>
      client.crm.associations.v4.basicApi.create("contacts", "101", "companies", "512", [
        { associationCategory: "USER_DEFINED", associationTypeId: 37 },
      ] as Parameters<typeof client.crm.associations.v4.basicApi.create>[4]),
  },
  {
    action: "associations.list",
    inputs: { fromType: "contacts", fromId: "101", toType: "companies", limit: 20, after: "40" },
    call: (client) => client.crm.associations.v4.basicApi.getPage("contacts", "101", "companies", "40", 20),
  },
  {
    action: "associations.remove",
    inputs: { fromType: "contacts", fromId: "101", toType: "companies", toId: "512" },
    call: (client) => client.crm.associations.v4.basicApi.archive("contacts", "101", "companies", "512"),
  },
  {
    action: "associations.labels",
    inputs: { fromType: "contacts", toType: "companies" },
    call: (client) => client.crm.associations.v4.schema.definitionsApi.getAll("contacts", "companies"),
  },
  {
    action: "owners.get",
    inputs: { id: "41" },
    call: (client) => client.crm.owners.ownersApi.getById(41),
  },
  {
    action: "pipelines.get",
    inputs: { objectType: "deals", id: "default" },
    call: (client) => client.crm.pipelines.pipelinesApi.getById("deals", "default"),
  },
  {
    action: "pipelines.stages",
    inputs: { objectType: "deals", id: "default" },
    call: (client) => client.crm.pipelines.pipelineStagesApi.getAll("deals", "default"),
  },
  {
    action: "properties.get",
    inputs: { objectType: "contacts", name: "lifecyclestage" },
    call: (client) => client.crm.properties.coreApi.getByName("contacts", "lifecyclestage"),
  },
  {
    action: "schemas.list",
    inputs: {},
    call: (client) => client.crm.schemas.coreApi.getAll(),
  },
  {
    action: "schemas.get",
    inputs: { objectType: "2-1234" },
    call: (client) => client.crm.schemas.coreApi.getById("2-1234"),
  },
  {
    action: "lists.get",
    inputs: { id: "7" },
    call: (client) => client.crm.lists.listsApi.getById("7"),
  },
  {
    action: "lists.members",
    inputs: { id: "7", limit: 20, after: "40" },
    call: (client) => client.crm.lists.membershipsApi.getPage("7", "40", undefined, 20),
  },
  {
    action: "lists.add",
    inputs: { id: "7", recordIds: "101, 102" },
    call: (client) => client.crm.lists.membershipsApi.add("7", ["101", "102"]),
  },
  {
    action: "lists.remove",
    inputs: { id: "7", recordIds: "101, 102" },
    call: (client) => client.crm.lists.membershipsApi.remove("7", ["101", "102"]),
  },
  {
    action: "forms.get",
    inputs: { id: "0a1f6b6e-6f0e-4c1e-8b5c-3f7a2f1f9d11" },
    call: (client) => client.marketing.forms.formsApi.getById("0a1f6b6e-6f0e-4c1e-8b5c-3f7a2f1f9d11"),
  },
  {
    action: "owners.list",
    inputs: { email: "a+b@example.com", limit: 20, after: "40" },
    call: (client) => client.crm.owners.ownersApi.getPage("a+b@example.com", "40", 20),
  },
  {
    action: "pipelines.list",
    inputs: { objectType: "deals" },
    call: (client) => client.crm.pipelines.pipelinesApi.getAll("deals"),
  },
  {
    action: "properties.list",
    inputs: { objectType: "contacts" },
    call: (client) => client.crm.properties.coreApi.getAll("contacts"),
  },
  {
    action: "lists.search",
    inputs: { query: "News", count: 20, offset: 40 },
    call: (client) =>
      client.crm.lists.listsApi.doSearch({ query: "News", count: 20, offset: 40 } as Parameters<
        typeof client.crm.lists.listsApi.doSearch
      >[0]),
  },
  {
    action: "forms.list",
    inputs: { limit: 20, after: "40" },
    call: (client) => client.marketing.forms.formsApi.getPage("40", 20),
  },
];

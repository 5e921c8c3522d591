/** Actions on what an account is made of (lists, forms, properties, pipelines, kinds of records), and the same calls of
 * HubSpot's official Node client. */
import type { Client } from "@hubspot/api-client";

export interface Pair {
  action: string;
  inputs: Record<string, unknown>;
  call: (client: Client) => Promise<unknown>;
}

const FILTERS = { filterBranchType: "OR", filterBranchOperator: "OR", filterBranches: [], filters: [] };
const FORM = "0a1f6b6e-6f0e-4c1e-8b5c-3f7a2f1f9d11";
const GROUPS = [
  {
    groupType: "default_group",
    richTextType: "text",
    fields: [
      {
        objectTypeId: "0-1",
        name: "email",
        label: "Email",
        fieldType: "email",
        required: true,
        hidden: false,
      },
    ],
  },
];
const CONSENT = { type: "none" };
const CHOICES = [{ label: "Blue & green", value: "blue", displayOrder: 0, hidden: false }];
const STAGE = { label: "Offer sent", displayOrder: 2, metadata: { probability: "0.5" } };
const LABELS = { singular: "Seat", plural: "Seats" };
const SEAT = [{ name: "name", label: "Name", type: "string", fieldType: "text" }];
const TYPES = [{ associationCategory: "USER_DEFINED", associationTypeId: 37 }];
const json = JSON.stringify;

const lists: Pair[] = [
  {
    action: "lists.create",
    inputs: {
      name: "News & more",
      objectTypeId: "0-1",
      processingType: "DYNAMIC",
      filterBranch: json(FILTERS),
    },
    call: (client) =>
      client.crm.lists.listsApi.create({
        name: "News & more",
        objectTypeId: "0-1",
        processingType: "DYNAMIC",
        filterBranch: FILTERS,
      } as never),
  },
  {
    action: "lists.rename",
    inputs: { id: "7", name: "News & more" },
    call: (client) => client.crm.lists.listsApi.updateName("7", "News & more"),
  },
  {
    action: "lists.filter",
    inputs: { id: "7", filterBranch: json(FILTERS) },
    call: (client) => client.crm.lists.listsApi.updateListFilters("7", { filterBranch: FILTERS } as never),
  },
  {
    action: "lists.delete",
    inputs: { id: "7" },
    call: (client) => client.crm.lists.listsApi.remove("7"),
  },
  {
    action: "lists.restore",
    inputs: { id: "7" },
    call: (client) => client.crm.lists.listsApi.restore("7"),
  },
  {
    action: "lists.change",
    inputs: { id: "7", add: "101, 102", remove: "103" },
    call: (client) =>
      client.crm.lists.membershipsApi.addAndRemove("7", {
        recordIdsToAdd: ["101", "102"],
        recordIdsToRemove: ["103"],
      }),
  },
  {
    action: "lists.ofRecord",
    inputs: { objectTypeId: "0-1", id: "512" },
    call: (client) => client.crm.lists.membershipsApi.getLists("0-1", "512"),
  },
];

const forms: Pair[] = [
  {
    action: "forms.create",
    inputs: {
      name: "Contact us",
      createdAt: "2026-11-26T09:00:00.000Z",
      fieldGroups: json(GROUPS),
      legalConsentOptions: json(CONSENT),
    },
    call: (client) =>
      client.marketing.forms.formsApi.create({
        formType: "hubspot",
        name: "Contact us",
        createdAt: new Date("2026-11-26T09:00:00.000Z"),
        archived: false,
        fieldGroups: GROUPS,
        legalConsentOptions: CONSENT,
      } as never),
  },
  {
    action: "forms.update",
    inputs: { id: FORM, name: "Write to us", fieldGroups: json(GROUPS) },
    call: (client) =>
      client.marketing.forms.formsApi.update(FORM, { name: "Write to us", fieldGroups: GROUPS } as never),
  },
  {
    action: "forms.delete",
    inputs: { id: FORM },
    call: (client) => client.marketing.forms.formsApi.archive(FORM),
  },
];

const properties: Pair[] = [
  {
    action: "properties.create",
    inputs: {
      objectType: "contacts",
      name: "favorite_color",
      label: "Favorite color",
      type: "enumeration",
      fieldType: "select",
      groupName: "contactinformation",
      options: json(CHOICES),
      hasUniqueValue: false,
    },
    call: (client) =>
      client.crm.properties.coreApi.create("contacts", {
        name: "favorite_color",
        label: "Favorite color",
        type: "enumeration",
        fieldType: "select",
        groupName: "contactinformation",
        options: CHOICES,
        hasUniqueValue: false,
      } as never),
  },
  {
    action: "properties.update",
    inputs: { objectType: "contacts", name: "favorite_color", label: "Colour", options: json(CHOICES) },
    call: (client) =>
      client.crm.properties.coreApi.update("contacts", "favorite_color", {
        label: "Colour",
        options: CHOICES,
      } as never),
  },
  {
    action: "properties.delete",
    inputs: { objectType: "contacts", name: "favorite_color" },
    call: (client) => client.crm.properties.coreApi.archive("contacts", "favorite_color"),
  },
  {
    action: "properties.groups",
    inputs: { objectType: "contacts" },
    call: (client) => client.crm.properties.groupsApi.getAll("contacts"),
  },
  {
    action: "properties.createGroup",
    inputs: { objectType: "contacts", name: "preferences", label: "Preferences" },
    call: (client) =>
      client.crm.properties.groupsApi.create("contacts", { name: "preferences", label: "Preferences" }),
  },
];

const pipelines: Pair[] = [
  {
    action: "pipelines.create",
    inputs: { objectType: "deals", label: "Partners", displayOrder: 1, stages: json([STAGE]) },
    call: (client) =>
      client.crm.pipelines.pipelinesApi.create("deals", {
        label: "Partners",
        displayOrder: 1,
        stages: [STAGE],
      }),
  },
  {
    action: "pipelines.update",
    inputs: { objectType: "deals", id: "default", label: "Sales" },
    call: (client) => client.crm.pipelines.pipelinesApi.update("deals", "default", { label: "Sales" }),
  },
  {
    action: "pipelines.delete",
    inputs: { objectType: "deals", id: "7" },
    call: (client) => client.crm.pipelines.pipelinesApi.archive("deals", "7", true),
  },
  {
    action: "pipelines.createStage",
    inputs: {
      objectType: "deals",
      id: "7",
      label: STAGE.label,
      displayOrder: 2,
      metadata: json(STAGE.metadata),
    },
    call: (client) => client.crm.pipelines.pipelineStagesApi.create("deals", "7", STAGE),
  },
  {
    action: "pipelines.updateStage",
    inputs: { objectType: "deals", id: "7", stageId: "12", label: "Sent", metadata: json(STAGE.metadata) },
    call: (client) =>
      client.crm.pipelines.pipelineStagesApi.update("deals", "7", "12", {
        label: "Sent",
        metadata: STAGE.metadata,
      }),
  },
  {
    action: "pipelines.deleteStage",
    inputs: { objectType: "deals", id: "7", stageId: "12" },
    call: (client) => client.crm.pipelines.pipelineStagesApi.archive("deals", "7", "12"),
  },
];

const schemas: Pair[] = [
  {
    action: "schemas.create",
    inputs: {
      name: "seat",
      labels: json(LABELS),
      primaryDisplayProperty: "name",
      requiredProperties: "name",
      searchableProperties: "name",
      properties: json(SEAT),
      associatedObjects: "CONTACT, DEAL",
    },
    call: (client) =>
      client.crm.schemas.coreApi.create({
        name: "seat",
        labels: LABELS,
        primaryDisplayProperty: "name",
        requiredProperties: ["name"],
        searchableProperties: ["name"],
        properties: SEAT,
        associatedObjects: ["CONTACT", "DEAL"],
      } as never),
  },
  {
    action: "schemas.update",
    inputs: { objectType: "2-1234", labels: json(LABELS), searchableProperties: "name" },
    call: (client) =>
      client.crm.schemas.coreApi.update("2-1234", {
        labels: LABELS,
        searchableProperties: ["name"],
      } as never),
  },
  {
    action: "schemas.delete",
    inputs: { objectType: "2-1234" },
    call: (client) => client.crm.schemas.coreApi.archive("2-1234"),
  },
];

const associations: Pair[] = [
  {
    action: "associations.createBatch",
    inputs: {
      fromType: "contacts",
      toType: "companies",
      pairs: json([{ from: { id: "1" }, to: { id: "2" }, types: TYPES }]),
    },
    call: (client) =>
      client.crm.associations.v4.batchApi.create("contacts", "companies", {
        inputs: [{ _from: { id: "1" }, to: { id: "2" }, types: TYPES }],
      } as never),
  },
  {
    action: "associations.listBatch",
    inputs: {
      fromType: "contacts",
      toType: "companies",
      records: json([{ id: "1" }, { id: "2", after: "40" }]),
    },
    call: (client) =>
      client.crm.associations.v4.batchApi.getPage("contacts", "companies", {
        inputs: [{ id: "1" }, { id: "2", after: "40" }],
      }),
  },
  {
    action: "associations.removeBatch",
    inputs: {
      fromType: "contacts",
      toType: "companies",
      pairs: json([{ from: { id: "1" }, to: [{ id: "2" }] }]),
    },
    call: (client) =>
      client.crm.associations.v4.batchApi.archive("contacts", "companies", {
        inputs: [{ _from: { id: "1" }, to: [{ id: "2" }] }],
      } as never),
  },
];

export const SETTINGS: Pair[] = [
  ...lists,
  ...forms,
  ...properties,
  ...pipelines,
  ...schemas,
  ...associations,
];

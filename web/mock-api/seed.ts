/** What the mock API begins with: the tutorial's project, halfway through its life. */
import type { Connector } from "../src/api/connectors.ts";
import type { AppEvent } from "../src/api/events.ts";
import type { Integration } from "../src/api/integrations.ts";
import type { RunDetail } from "../src/api/runs.ts";
import type { UserDetail } from "../src/api/users.ts";
import type { Workflow } from "../src/api/workflows.ts";

export const MOCK_PROJECT_ID = "0199a000-0000-7000-8000-000000000001";

const minutes = (count: number) => new Date(Date.now() - count * 60_000).toISOString();

export const connector: Connector = {
  type: "hubspot",
  name: "HubSpot",
  description: "Create and update contacts, companies, deals and tickets in your customers' HubSpot.",
  overview: "Keep your contacts in step with HubSpot.",
  brandColor: "#ff7a59",
  apiVersions: ["2026-03", "2026-09", "v3"],
  defaultApiVersion: "2026-03",
  baseUrls: {
    api: "https://api.hubapi.com",
    authorize: "https://app.hubspot.com",
    forms: "https://api.hsforms.com",
  },
  scopes: [
    { name: "oauth", description: "Basic access, which every app needs" },
    { name: "crm.objects.contacts.read", description: "Read contacts" },
    { name: "crm.objects.contacts.write", description: "Create and change contacts" },
    { name: "crm.objects.companies.read", description: "Read companies" },
    { name: "crm.objects.companies.write", description: "Create and change companies" },
    { name: "crm.objects.deals.write", description: "Create and change deals" },
  ],
  settingSources: [],
  syncs: [],
  defaultScopes: ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"],
  auth: [{ name: "default", scheme: "oauth", needsApp: true, asks: [] }],
  triggers: [],
  actions: [
    {
      name: "contacts.create",
      title: "Create contact",
      group: "Contacts",
      description: "Creates a contact. An email that exists already is a conflict.",
      writes: true,
      additionalFields: true,
      fields: [
        { name: "email", title: "Email", type: "text", required: true, placeholder: "ann@example.com" },
        { name: "firstname", title: "First name", type: "text", required: false },
        { name: "lastname", title: "Last name", type: "text", required: false },
        { name: "company", title: "Company name", type: "text", required: false },
        { name: "jobtitle", title: "Job title", type: "text", required: false },
        {
          name: "lifecyclestage",
          title: "Lifecycle stage",
          type: "enum",
          required: false,
          options: [
            { value: "subscriber", label: "Subscriber" },
            { value: "lead", label: "Lead" },
            { value: "customer", label: "Customer" },
          ],
        },
      ],
    },
    {
      name: "contacts.search",
      title: "Search contacts",
      group: "Contacts",
      description: "Finds contacts by a property.",
      writes: false,
      additionalFields: false,
      fields: [{ name: "email", title: "Email", type: "text", required: true, help: "Exact address" }],
    },
    {
      name: "notes.create",
      title: "Create note",
      group: "Engagements",
      description: "Writes a note on a record.",
      writes: true,
      additionalFields: false,
      fields: [
        { name: "body", title: "Body", type: "textarea", required: true },
        { name: "pinned", title: "Pinned", type: "boolean", required: false },
      ],
    },
  ],
};

export const appEvent: AppEvent = {
  id: "0199a000-0000-7000-8000-000000000021",
  name: "Contact Created",
  example: {
    first_name: "Buddha",
    last_name: "Samuel",
    email: "buddha@example.com",
    company: "Acme",
    title: "Dog",
    "Lead source": "Web",
    address: { city: "Berlin", tags: ["new"] },
  },
  usedBy: [],
  lastReceivedAt: minutes(2),
  receivedCount: 14,
  createdAt: minutes(3000),
};

export const integration: Integration = {
  id: "0199a000-0000-7000-8000-000000000011",
  type: "hubspot",
  name: "HubSpot",
  iconUrl: "/integrations/hubspot.svg",
  active: true,
  clientId: "4f1c2d3e-client",
  hasClientSecret: true,
  custom: false,
  needsApp: true,
  scopes: connector.defaultScopes,
  optionalScopes: [],
  apiVersion: null,
  baseUrls: {},
  redirectUrl: "http://127.0.0.1:4800/oauth",
  webhookUrl:
    "http://127.0.0.1:4800/hooks/0199a000-0000-7000-8000-000000000001/0199a000-0000-7000-8000-000000000011",
  portal: {
    description: "Sync contacts to HubSpot",
    overview: "",
    accentColor: "#ff7a59",
    theme: "system",
    branding: false,
  },
  settings: [{ id: "list", title: "List", type: "TEXT_NO_VARS" }],
  connectedUsers: 2,
  createdAt: minutes(4000),
  updatedAt: minutes(50),
};

const definition: Workflow["draft"] = {
  trigger: { appEvent: "Contact Created" },
  steps: [
    {
      key: "create_contact",
      title: "Create contact",
      action: "contacts.create",
      inputs: {
        email: "{{ trigger.email }}",
        firstname: "{{ trigger.first_name }}",
        lastname: "{{ trigger.last_name }}",
        company: "{{ trigger.company }}",
        jobtitle: "{{ trigger.title }}",
      },
      onError: "stop",
      retry: true,
    },
  ],
};

export const workflow: Workflow = {
  id: "0199a000-0000-7000-8000-000000000031",
  integrationId: integration.id,
  integrationType: "hubspot",
  name: "Sync contacts",
  description: "New leads become contacts",
  state: "deployed",
  trigger: definition.trigger,
  stepCount: 1,
  usersEnabled: 2,
  updatedAt: minutes(40),
  deployedAt: minutes(40),
  order: 1,
  hidden: false,
  defaultEnabled: false,
  draft: definition,
  draftRevision: 4,
  settings: [],
  deployed: { versionId: "v1", number: 1, definition, deployedAt: minutes(40), deployedBy: "Ann" },
  problems: [],
};

export const users: UserDetail[] = [
  {
    id: "0199a000-0000-7000-8000-000000000041",
    userId: "ann",
    name: "Ann Example",
    email: "ann@example.com",
    disabled: false,
    workflowsOn: 1,
    createdAt: minutes(2000),
    lastSeenAt: minutes(1),
    metadata: { Name: "Ann Example", Email: "ann@example.com", plan: "pro" },
    accounts: [
      {
        credentialId: "c1",
        integrationId: integration.id,
        integrationType: "hubspot",
        status: "VALID",
        label: "Acme GmbH",
        providerId: "1234567",
        scopes: connector.defaultScopes,
        connectedAt: minutes(900),
        configurations: [
          {
            id: "k1",
            isDefault: true,
            settings: {},
            workflows: [{ workflowId: workflow.id, name: workflow.name, enabled: true, permitted: true }],
          },
        ],
      },
    ],
    why: {
      tokenSeen: true,
      accountConnected: true,
      workflowOn: true,
      eventReceived: true,
      runStarted: true,
      runSucceeded: true,
    },
  },
  {
    id: "0199a000-0000-7000-8000-000000000042",
    userId: "bob",
    name: null,
    email: null,
    disabled: false,
    workflowsOn: 0,
    createdAt: minutes(300),
    lastSeenAt: minutes(200),
    metadata: {},
    accounts: [],
    why: {
      tokenSeen: true,
      accountConnected: false,
      workflowOn: false,
      eventReceived: false,
      runStarted: false,
      runSucceeded: false,
    },
  },
];

const request = {
  method: "POST",
  url: "https://api.hubapi.com/crm/objects/2026-03/contacts",
  requestBody: { properties: { email: "buddha@example.com", firstname: "Buddha" } },
};

function run(seq: number, state: RunDetail["state"], minutesAgo: number): RunDetail {
  const failed = state === "failed";
  const waiting = state === "waiting";
  const message = "HubSpot refused the contact: “buddha” is not an email address.";
  return {
    id: `0199a000-0000-7000-8000-0000000001${seq}`,
    seq,
    state,
    workflowId: workflow.id,
    workflowName: workflow.name,
    versionNumber: 1,
    integrationType: "hubspot",
    user: { id: users[0]?.id ?? "", userId: "ann", name: "Ann Example" },
    trigger: { kind: "appEvent", name: "Contact Created" },
    createdAt: minutes(minutesAgo),
    startedAt: minutes(minutesAgo),
    finishedAt: waiting ? null : minutes(minutesAgo),
    durationMs: waiting ? null : 184,
    wakeAt: waiting ? minutes(-1) : null,
    definition,
    event: {
      id: "e",
      name: "Contact Created",
      payload: { first_name: "Buddha", email: failed ? "buddha" : "buddha@example.com" },
      receivedAt: minutes(minutesAgo),
    },
    fault: failed ? { code: "rejected", message, step: "create_contact" } : null,
    steps: [
      {
        key: "create_contact",
        path: "create_contact",
        title: "Create contact",
        kind: "action",
        action: "contacts.create",
        inside: [],
        state: failed ? "failed" : waiting ? "waiting" : "succeeded",
        attempts: [
          {
            attempt: 1,
            startedAt: minutes(minutesAgo),
            finishedAt: minutes(minutesAgo),
            durationMs: 171,
            state: failed || waiting ? "failed" : "succeeded",
            inputs: { email: "buddha@example.com", firstname: "Buddha", lastname: "Samuel" },
            output: failed || waiting ? null : { id: "101", properties: { email: "buddha@example.com" } },
            exchange: failed
              ? { ...request, status: 400, responseBody: { status: "error", message } }
              : { ...request, status: waiting ? 429 : 201, responseBody: { id: "101" } },
            fault: failed ? { code: "rejected", message } : null,
            rule: waiting
              ? "HubSpot asked to slow down: tried again after a pause, which uses up no retry."
              : null,
            nextAttemptAt: waiting ? minutes(-1) : null,
          },
        ],
      },
    ],
  };
}

export const runs: RunDetail[] = [
  run(14, "waiting", 1),
  run(13, "succeeded", 2),
  run(12, "failed", 12),
  run(11, "succeeded", 75),
  run(10, "cancelled", 1500),
];

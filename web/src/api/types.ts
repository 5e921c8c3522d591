/** The management API's shapes, as its page in the documentation has them. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Items<T> {
  items: T[];
  nextCursor: string | null;
}

export interface ErrorBody {
  message: string;
  code: string;
  status: number;
  meta?: {
    requestId?: string;
    fields?: Record<string, string>;
    draftRevision?: number;
    definition?: Definition;
    problems?: Problem[];
  };
}

/** What a member may do in a project; each may all that the one before may. */
export type Role = "support" | "member" | "admin";

export interface Session {
  member: { id: string; name: string; email: string };
  csrfToken: string;
  projects: { id: string; name: string; role: Role }[];
  server: { version: string; publicUrl: string; redirectUrl: string; demo: boolean };
}

export interface Project {
  id: string;
  name: string;
  allowedOrigins: string[];
  userMetadata: JsonObject;
  createdAt: string;
}

export interface Checklist {
  credentials: boolean;
  appEvent: boolean;
  workflow: boolean;
  deployed: boolean;
  signingKey: boolean;
  tokenSeen: boolean;
  userConnected: boolean;
  eventReceived: boolean;
  counts: { runs: number; succeeded: number; failed: number; users: number };
}

export interface ConnectorCard {
  type: string;
  name: string;
  description: string;
  brandColor?: string;
  iconUrl: string;
  integrationId?: string | null;
  state: "not_set_up" | "inactive" | "active";
}

export type FieldType = "text" | "number" | "boolean" | "textarea" | "enum" | "json";

export interface ActionField {
  name: string;
  title: string;
  type: FieldType;
  required: boolean;
  placeholder?: string | null;
  help?: string | null;
  options?: { value: string; label: string }[] | null;
  /** Where values out of a user's account come from, and the inputs that must be chosen before. */
  source?: { name: string; parameters: string[] };
}

export interface ConnectorAction {
  name: string;
  title: string;
  group: string;
  description: string;
  writes: boolean;
  additionalFields: boolean;
  fields: ActionField[];
}

export interface Connector {
  type: string;
  name: string;
  description: string;
  overview: string;
  brandColor?: string;
  apiVersions: string[];
  defaultApiVersion: string;
  baseUrls: Record<string, string>;
  scopes: { name: string; description: string }[];
  defaultScopes: string[];
  auth: { name: string; title?: string | null; scheme: string; needsApp: boolean; asks: string[] }[];
  actions: ConnectorAction[];
  triggers: ConnectorTrigger[];
  /** What settings can offer from the customer's account. */
  settingSources: SettingSource[];
}

/** An event of the provider that can start a workflow. */
export interface ConnectorTrigger {
  name: string;
  title: string;
  group: string;
  description: string;
  model: string;
  scopes: string[];
  fields: ActionField[];
  example: JsonObject;
}

export interface SettingSource {
  name: string;
  title: string;
  kind: "list" | "combination" | "dynamicCombination" | "fieldMapping";
  dependsOn: string[];
}

export interface PortalSettings {
  description?: string | null;
  overview?: string | null;
  accentColor?: string | null;
  theme?: "light" | "dark" | "system" | null;
  branding?: boolean | null;
}

export interface SettingInput {
  id: string;
  type?: string;
  title?: string;
  [more: string]: Json | undefined;
}

export interface Integration {
  id: string;
  type: string;
  name: string;
  iconUrl: string;
  active: boolean;
  custom: boolean;
  needsApp: boolean;
  clientId: string | null;
  hasClientSecret: boolean;
  scopes: string[];
  optionalScopes: string[];
  apiVersion: string | null;
  baseUrls: Record<string, string>;
  redirectUrl: string;
  /** The target of the provider's webhooks; absent where it sends none. */
  webhookUrl?: string;
  portal: PortalSettings;
  settings: SettingInput[];
  connectedUsers: number;
  createdAt: string;
  updatedAt: string;
}

export type IntegrationPatch = Partial<
  Pick<
    Integration,
    "active" | "clientId" | "scopes" | "optionalScopes" | "apiVersion" | "baseUrls" | "portal" | "settings"
  >
> & { clientSecret?: string | null };

/** What is expected of one value of a request. */
export interface RequestField {
  type?: "string" | "number" | "boolean" | "object" | "array";
  required?: boolean;
  /** The one value that a header may have. */
  value?: string;
}

export type RequestPart = "params" | "headers" | "body";

export type RequestValidation = Partial<Record<RequestPart, Record<string, RequestField>>>;

export interface Schedule {
  /** Six fields with the seconds first, or five. */
  cron: string;
  /** An IANA name, or one expression over the user. */
  timeZone: string;
}

/** A webhook of the project's own; the secrecy of its address alone where nothing is verified. */
export interface Webhook {
  name: string;
  /** One address for each account, or one for the app. */
  scope?: "account" | "app";
  /** Where an app's call names the account. */
  account?: CallPlace;
  when?: CallMatch[];
  /** Where a call names the event: the same starts one run. */
  once?: CallPlace;
  verify?: {
    header?: { name: string; equals: string };
    hmac?: { header: string; algorithm?: string; encoding?: string; prefix?: string; secret: string };
  };
  handshake?: Handshake;
  register?: HookRegister;
}

/** Where in a call something stands: exactly one of these. */
export interface CallPlace {
  body?: string;
  header?: string;
  query?: string;
}

export interface CallMatch extends CallPlace {
  equals: string;
}

/** How a provider asks whether an address is ours: it wants back what it sends. */
export interface Handshake {
  echo: CallPlace;
  as?: "text" | "json";
  when?: CallMatch[];
}

/** How a hook is made and removed at the provider. */
export interface HookRegister {
  request: RequestSpec;
  id?: string;
  secret?: string;
  find?: { request: RequestSpec; items: string; url: string; id?: string };
  remove: RequestSpec;
}

/** A hook at a provider. */
export interface HookRegistration {
  id: string;
  workflowId: string;
  userId: string | null;
  credentialId: string | null;
  state: "registering" | "registered" | "removing" | "left";
  providerId: string | null;
  attempts: number;
  fault: { code: string; message: string } | null;
  nextAttemptAt: string | null;
  updatedAt: string;
}

/** What starts a workflow: exactly one of these. */
export interface Trigger {
  appEvent?: string;
  request?: { validate?: RequestValidation };
  schedule?: Schedule;
  integrationEnabled?: JsonObject;
  provider?: { event: string; inputs: JsonObject };
  webhook?: Webhook;
}

/** One comparison; `right` is absent where the operator looks at `left` alone. */
export interface Condition {
  left: Json;
  operator: string;
  right?: Json;
}

/** Holds when any group does; a group holds when all of its conditions do. */
export interface Conditions {
  any: { all: Condition[] }[];
}

export type RequestAuth =
  | "none"
  | { bearer: string }
  | { basic: { username: string; password: string } }
  | {
      oauthClientCredentials: { tokenUrl: string; clientId: string; clientSecret: string; scope?: string };
    };

export interface Paginate {
  items: string;
  pageToken: string;
  stopWhen?: Conditions;
  maxPages?: number;
}

export interface RequestSpec {
  method: string;
  url: string;
  query?: JsonObject;
  headers?: JsonObject;
  body?: Json;
  form?: JsonObject;
  multipart?: JsonObject;
  xml?: string;
  raw?: Json;
  auth?: RequestAuth;
  paginate?: Paginate;
}

export type DelayUnit = "seconds" | "minutes" | "hours" | "days";

/** A step is one thing: which, says the field that is there. */
export interface Step {
  key: string;
  title?: string | null;
  action: string | null;
  connector?: string | null;
  inputs: JsonObject;
  request?: RequestSpec;
  delay?: { amount: Json; unit: DelayUnit };
  function?: { code: string; parameters: JsonObject };
  if?: Conditions;
  then?: Step[];
  else?: Step[];
  forEach?: Json;
  as?: string;
  steps?: Step[];
  concurrency?: number;
  response?: { status: Json; headers?: JsonObject; body: Json; file?: Json };
  onError: "stop" | "continue";
  retry: boolean;
}

export interface Definition {
  trigger: Trigger | null;
  steps: Step[];
}

export interface Problem {
  pointer: string;
  step?: string | null;
  message: string;
}

export type WorkflowState = "draft" | "deployed" | "changed";

export interface WorkflowSummary {
  id: string;
  integrationId: string;
  integrationType: string;
  name: string;
  description: string | null;
  state: WorkflowState;
  trigger?: Trigger | null;
  stepCount: number;
  usersEnabled: number;
  updatedAt: string;
  deployedAt?: string | null;
  order: number;
  hidden: boolean;
  defaultEnabled: boolean;
  /** Which users may have it: conditions over the user; null for everybody. */
  permissions?: Conditions | null;
}

export interface DeployedVersion {
  versionId: string;
  number: number;
  definition: Definition;
  deployedAt: string;
  deployedBy?: string | null;
}

export interface Version {
  id: string;
  number: number;
  kind: "deployed" | "saved" | "restored";
  createdAt: string;
  createdBy?: string | null;
  note?: string | null;
  current: boolean;
}

export interface Workflow extends WorkflowSummary {
  draft: Definition;
  draftRevision: number;
  /** What users fill in for this workflow alone. */
  settings: SettingInput[];
  deployed?: DeployedVersion | null;
  problems: Problem[];
}

export interface AppEvent {
  id: string;
  name: string;
  example: JsonObject;
  usedBy: { workflowId: string; name: string }[];
  lastReceivedAt?: string | null;
  receivedCount?: number | null;
  createdAt: string;
}

export interface AppEvents extends Items<AppEvent> {
  unknown?: { name: string; count: number; lastReceivedAt: string }[];
}

export interface SigningKey {
  id: string;
  name: string;
  kid: string;
  fingerprint: string;
  publicKey: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

export interface NewSigningKey extends SigningKey {
  privateKey?: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

export interface NewApiKey extends ApiKey {
  key: string;
}

export interface UserAccount {
  integrationType: string;
  status: string;
  label?: string | null;
  credentialId: string;
}

export interface User {
  id: string;
  userId: string;
  name?: string | null;
  email?: string | null;
  disabled: boolean;
  accounts: UserAccount[];
  workflowsOn: number;
  createdAt: string;
  lastSeenAt?: string | null;
}

export interface UserConfiguration {
  id: string;
  isDefault: boolean;
  settings: JsonObject;
  workflows: { workflowId: string; name: string; enabled: boolean }[];
}

export interface UserDetail extends Omit<User, "accounts"> {
  metadata: JsonObject;
  accounts: (UserAccount & {
    integrationId: string;
    externalId?: string | null;
    providerId?: string | null;
    statusReason?: string | null;
    scopes?: string[];
    connectedAt?: string | null;
    refreshedAt?: string | null;
    configurations: UserConfiguration[];
  })[];
  why: {
    tokenSeen: boolean;
    accountConnected: boolean;
    workflowOn: boolean;
    eventReceived: boolean;
    runStarted: boolean;
    runSucceeded: boolean;
  };
}

export type RunState =
  | "queued"
  | "running"
  | "waiting"
  | "in_doubt"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "skipped";

export interface Fault {
  code: string;
  message: string;
  step?: string | null;
  [more: string]: Json | undefined;
}

export interface Run {
  id: string;
  seq: number;
  state: RunState;
  workflowId: string;
  workflowName: string;
  versionNumber: number;
  integrationType: string;
  user: { id: string; userId: string; name?: string | null };
  trigger: { kind: string; name: string };
  createdAt: string;
  startedAt?: string | null;
  finishedAt?: string | null;
  durationMs?: number | null;
  wakeAt?: string | null;
  steps: { done: number; total: number };
  fault?: Fault | null;
}

export interface Exchange {
  method: string;
  url: string;
  requestBody?: Json;
  status?: number | null;
  responseBody?: Json;
}

export type StepState =
  | "not_reached"
  | "running"
  | "waiting"
  | "in_doubt"
  | "succeeded"
  | "failed"
  | "skipped";

export interface Attempt {
  attempt: number;
  startedAt?: string | null;
  finishedAt?: string | null;
  durationMs?: number | null;
  state: string;
  inputs?: Json;
  output?: Json;
  exchange?: Exchange | null;
  fault?: Fault | null;
  nextAttemptAt?: string | null;
  rule?: string | null;
  adopted?: boolean | null;
}

export interface VersionDetail extends Version {
  definition: Definition;
}

export type ForecastKind = "added" | "removed" | "changed" | "emptied";

/** One kind of difference, counted over all runs; without a field it is about the whole call. */
export interface ForecastChange {
  step: string;
  field?: string | null;
  kind: ForecastKind;
  runs: number;
  users: number;
}

export interface WriteForecast {
  path: string;
  before?: { what: string; inputs: JsonObject } | null;
  after?: { what: string; inputs: JsonObject } | null;
  fields: { field: string; kind: ForecastKind; before?: Json; after?: Json }[];
}

/** A run for which something else would have been sent. */
export interface RunForecast {
  runId: string;
  userId: string;
  externalId?: string | null;
  createdAt: string;
  fault?: Fault | null;
  unknown: string[];
  writes: WriteForecast[];
}

export interface Forecast {
  runs: number;
  users: number;
  different: number;
  differentUsers: number;
  passedOver: number;
  changes: ForecastChange[];
  items: RunForecast[];
}

/** One step of a draft that was tried out. */
export interface TriedStep {
  path: string;
  inputs?: Json;
  output?: Json;
  fault?: Fault | null;
  exchange?: Exchange | null;
  durationMs: number;
  /** Not performed: its output was given. */
  pinned?: boolean;
}

export interface RunStep {
  key: string;
  /** Within loops with the item's place: `each[3]/write`. */
  path: string;
  title: string;
  kind?: string | null;
  action?: string | null;
  state: StepState;
  attempts: Attempt[];
  items?: RunItems | null;
  inside: RunInside[];
}

/** A loop's items; those that failed are among those done. */
export interface RunItems {
  count: number;
  done: number;
  failed: number;
}

/** The branch that was taken (`then`, `else`), or an item of a loop by its place. */
export interface RunInside {
  name: string;
  steps: RunStep[];
}

export interface RunDetail extends Omit<Run, "steps"> {
  definition: Definition;
  event?: { id: string; name: string; payload: Json; receivedAt: string; note?: string } | null;
  credentialId?: string | null;
  configurationId?: string | null;
  /** The run that it repeats. */
  replayOf?: string | null;
  steps: RunStep[];
}

export interface ReceivedEvent {
  id: string;
  kind: string;
  name: string;
  userId?: string | null;
  receivedAt: string;
  runs: number;
  note?: string | null;
}

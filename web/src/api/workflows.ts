/** Shapes of workflows, their versions, and of trying them out. */
import type { Conditions, Definition, Problem } from "./definition.ts";
import type { SettingInput } from "./integrations.ts";
import type { Fault, Json, JsonObject } from "./json.ts";
import type { Exchange } from "./runs.ts";
import type { Trigger } from "./triggers.ts";

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
  /** Whether some users have it already, in a staged rollout. */
  rolledOut?: boolean;
}

export interface Workflow extends WorkflowSummary {
  draft: Definition;
  draftRevision: number;
  /** What users fill in for this workflow alone. */
  settings: SettingInput[];
  deployed?: DeployedVersion | null;
  problems: Problem[];
}

export interface VersionDetail extends Version {
  definition: Definition;
}

export type ForecastKind = "added" | "removed" | "changed" | "emptied";

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

export interface TriedStep {
  path: string;
  inputs?: Json;
  output?: Json;
  fault?: Fault | null;
  exchange?: Exchange | null;
  durationMs: number;
  /** Not performed: its output was given. */
  pinned?: boolean;
  /** The connector's simulator answered: of the whole test, noted at each of its steps. */
  simulated?: boolean;
}

/** An output that a member keeps for tests. */
export interface Pin {
  step: string;
  userId?: string | null;
  output: Json;
  pinnedAt: string;
}

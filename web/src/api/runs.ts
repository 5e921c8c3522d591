/** Shapes of runs, step by step. */
import type { Definition } from "./definition.ts";
import type { Fault, Json } from "./json.ts";

export type RunState =
  | "queued"
  | "running"
  | "waiting"
  | "in_doubt"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "skipped";

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
  /** How many writes went in this one call. */
  joined?: number;
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

export interface RunItems {
  count: number;
  done: number;
  failed: number;
}

export interface RunInside {
  name: string;
  steps: RunStep[];
}

/** Where a queued run stands. */
export interface RunQueue {
  /** Runs of the same user that go before it. */
  ahead: number;
  /** Nothing begins on the account before then. */
  heldUntil?: string | null;
  heldBecause?: "quota" | "away" | null;
  expectedAt?: string | null;
}

export interface RunDetail extends Omit<Run, "steps"> {
  definition: Definition;
  event?: { id: string; name: string; payload: Json; receivedAt: string; note?: string } | null;
  credentialId?: string | null;
  configurationId?: string | null;
  /** The run that it repeats. */
  replayOf?: string | null;
  queue?: RunQueue | null;
  steps: RunStep[];
}

/** Shapes of a workflow's definition: steps, and what stands in them. */
import type { Json, JsonObject } from "./json.ts";
import type { Trigger } from "./triggers.ts";

export interface Condition {
  left: Json;
  operator: string;
  right?: Json;
}

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

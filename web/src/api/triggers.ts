/** Shapes of what starts a workflow. */
import type { RequestSpec } from "./definition.ts";
import type { JsonObject } from "./json.ts";

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

export interface CallPlace {
  body?: string;
  header?: string;
  query?: string;
}

export interface CallMatch extends CallPlace {
  equals: string;
}

export interface Handshake {
  echo: CallPlace;
  as?: "text" | "json";
  when?: CallMatch[];
}

export interface HookRegister {
  request: RequestSpec;
  id?: string;
  secret?: string;
  find?: { request: RequestSpec; items: string; url: string; id?: string };
  remove: RequestSpec;
}

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

export interface Trigger {
  appEvent?: string;
  request?: { validate?: RequestValidation };
  schedule?: Schedule;
  integrationEnabled?: JsonObject;
  provider?: { event: string; inputs: JsonObject };
  webhook?: Webhook;
}

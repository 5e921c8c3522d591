/** One typed door to the management API: adds the CSRF header, turns error bodies into `ApiError`. */

import { apiText } from "../texts/api.ts";
import type { ErrorBody } from "./errors.ts";

export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly meta: NonNullable<ErrorBody["meta"]>;

  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "ApiError";
    this.code = body.code;
    this.status = body.status;
    this.meta = body.meta ?? {};
  }

  /** What is wrong with each field of the form that was sent. */
  get fields(): Record<string, string> {
    return this.meta.fields ?? {};
  }
}

let csrfToken = "";

/** Remembers the token that the session answered; every change sends it. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/**
 * Calls the API. The caller names the shape of the answer: the server's tests hold it to that.
 */
export async function call<T>(method: Method, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-Linchpin-CSRF"] = csrfToken;
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError({
      message: apiText.unreachable,
      code: "unreachable",
      status: 0,
    });
  }
  const text = await answer.text();
  const parsed = parse(text);
  if (!answer.ok) throw new ApiError(errorBody(parsed, answer.status));
  // The one place where the wire becomes a type.
  return parsed as T;
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorBody(parsed: unknown, status: number): ErrorBody {
  if (typeof parsed === "object" && parsed !== null && "message" in parsed && "code" in parsed) {
    // Checked above: this is the API's own error body, not a gateway's page.
    return { ...(parsed as ErrorBody), status };
  }
  return { message: apiText.noExplanation(status), code: "unexpected", status };
}

/** Reads what is no JSON: a file. */
export async function readText(path: string): Promise<string> {
  const answer = await fetch(`/api/v1${path}`, { credentials: "same-origin" });
  const text = await answer.text();
  if (!answer.ok) throw new ApiError(errorBody(parse(text), answer.status));
  return text;
}

/** A query string of what is set, with its `?`, or nothing. */
export function query(values: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** The server's messages begin in lower case, as parts of its log lines do; on screen they are sentences. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence for people out of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? sentence(error.message) : apiText.unknown;
}

/** Field messages out of whatever was thrown. */
export function fieldsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([field, text]) => [field, sentence(text)]));
}

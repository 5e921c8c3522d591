import { LinchpinError, type LinchpinErrorDetails } from "./errors.js";
import { isRecord } from "./protocol.js";
import type { UserToken } from "./token.js";

declare const __SDK_VERSION__: string | undefined;
/** The version of this package. */
export const VERSION: string = typeof __SDK_VERSION__ === "string" ? __SDK_VERSION__ : "0.0.0-source";

/** Every call that reaches the server takes these. */
export interface CallOptions {
  /** Gives the call up: it then rejects with `aborted`. */
  signal?: AbortSignal | undefined;
  /** Gives one attempt up after this many milliseconds: it then rejects with `timeout`. */
  timeoutMs?: number | undefined;
}

export interface HttpRequest extends CallOptions {
  method?: string;
  body?: unknown;
  headers?: Record<string, string | undefined>;
  /** A provider answers, not the server: its 401 says nothing about the user token. */
  proxied?: boolean;
}

/** What the server answered. */
export interface Answer {
  status: number;
  isJson: boolean;
  text: string;
}

/** What a call needs to know of the session. */
export interface HttpContext {
  baseUrl(): string;
  /** The limit of calls that give none, in milliseconds. */
  timeoutMs(): number;
  token(): UserToken;
  /** The server refused the token, and no newer one is to be had. */
  onUnauthorized(token: UserToken): void;
}

/** Authorised calls to the server. Each settles: by an answer, a time limit, or its `AbortSignal`. */
export class Http {
  constructor(private readonly context: HttpContext) {}

  /** The JSON of a 2xx answer, `undefined` where there is none. Throws a `LinchpinError` otherwise. */
  async json<T>(path: string, request: HttpRequest = {}): Promise<T | undefined> {
    const { text } = await this.send(path, request);
    return text === "" ? undefined : (parseJson(text) as T | undefined);
  }

  /** The JSON of a 2xx answer that has to have one. */
  async need<T>(path: string, request?: HttpRequest): Promise<T> {
    const answer = await this.json<T>(path, request);
    if (!answer) throw new LinchpinError("http_error", `the server's answer at ${path} is empty`);
    return answer;
  }

  /** The answer, if it is 2xx. A refused token is renewed once, where the page gave us the means. */
  async send(path: string, request: HttpRequest = {}): Promise<Answer> {
    const token = this.context.token();
    let answer = await this.fetch(path, request, await token.get());
    if (answer.status === 401 && !request.proxied) {
      if (token.renewable) answer = await this.fetch(path, request, await this.renew(token));
      if (answer.status === 401) this.context.onUnauthorized(token);
    }
    if (answer.status < 200 || answer.status > 299) throw failure(answer);
    return answer;
  }

  private async renew(token: UserToken): Promise<string> {
    try {
      return await token.renew();
    } catch (cause) {
      this.context.onUnauthorized(token);
      throw new LinchpinError("unauthorized", "the user token is no longer accepted, and fetching a new one failed", {
        cause,
      });
    }
  }

  private async fetch(path: string, request: HttpRequest, token: string): Promise<Answer> {
    const { body, signal, timeoutMs = this.context.timeoutMs() } = request;
    const baseUrl = this.context.baseUrl();
    const headers = new Headers({ Accept: "application/json", "X-Linchpin-SDK-Version": VERSION });
    let payload: BodyInit | undefined;
    if (isRawBody(body)) payload = body;
    else if (body !== undefined) {
      headers.set("Content-Type", "application/json");
      payload = JSON.stringify(body);
    }
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    headers.set("Authorization", `Bearer ${token}`);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      abort();
    }, timeoutMs);
    signal?.addEventListener("abort", abort);
    try {
      throwIfAborted(signal);
      const response = await fetch(baseUrl + path, {
        method: request.method ?? "GET",
        headers,
        signal: controller.signal,
        ...(payload === undefined ? {} : { body: payload }),
      });
      const isJson = response.headers.get("content-type")?.includes("application/json") ?? false;
      return { status: response.status, isJson, text: await response.text() };
    } catch (cause) {
      throwIfAborted(signal);
      throw late
        ? new LinchpinError("timeout", `${baseUrl} did not answer within ${timeoutMs} ms; try again`, { cause })
        : new LinchpinError("network", `could not reach ${baseUrl}; check the connection and the address`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** Throws `aborted` where the page has given the call up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

export function aborted(signal: AbortSignal): LinchpinError {
  return new LinchpinError("aborted", "the call was given up by its AbortSignal", { cause: signal.reason });
}

/** Text, bytes, forms and files go as they are. Told by their names, for not every place has all of these types. */
function isRawBody(body: unknown): body is BodyInit {
  return (
    typeof body === "string" ||
    /^\[object (FormData|Blob|File|URLSearchParams|ReadableStream|ArrayBuffer|DataView|\w+Array)\]$/.test(
      Object.prototype.toString.call(body),
    )
  );
}

function failure({ status, text }: Answer): LinchpinError {
  const body = parseJson(text);
  const code = status === 401 ? "unauthorized" : "http_error";
  return told(body, code, text.trim() || `the server answered ${status}`, { status, response: body ?? text });
}

/** The failure that a server's body tells of; code and message of ours where it has none. */
export function told(body: unknown, code: string, message: string, details: LinchpinErrorDetails): LinchpinError {
  const fields = isRecord(body) ? body : {};
  return new LinchpinError(
    typeof fields.code === "string" ? fields.code : code,
    typeof fields.message === "string" ? fields.message : message,
    { ...details, ...(isRecord(fields.meta) && { meta: fields.meta }) },
  );
}

/** `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

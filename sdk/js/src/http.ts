import { LinchpinError } from "./errors.js";
import { isRecord } from "./protocol.js";
import type { UserToken } from "./token.js";

declare const __SDK_VERSION__: string | undefined;
/** The version of this package. */
export const VERSION: string = typeof __SDK_VERSION__ === "string" ? __SDK_VERSION__ : "0.0.0-source";

export interface HttpRequest {
  method?: string;
  body?: unknown;
  headers?: Record<string, string | undefined>;
  /** A provider answers, not the server: its 401 says nothing about the user token. */
  proxied?: boolean;
  signal?: AbortSignal;
}

/** What a call needs to know of the session. */
export interface HttpContext {
  baseUrl(): string;
  token(): UserToken;
  /** The server refused the token, and no newer one is to be had. */
  onUnauthorized(token: UserToken): void;
}

/** Authorised calls to the server. */
export class Http {
  constructor(private readonly context: HttpContext) {}

  /** The JSON of a 2xx answer, `undefined` where there is none. Throws a `LinchpinError` otherwise. */
  async json<T>(path: string, request: HttpRequest = {}): Promise<T | undefined> {
    const response = await this.send(path, request);
    const text = await response.text();
    return text === "" ? undefined : (parseJson(text) as T | undefined);
  }

  /** The answer, if it is 2xx. A refused token is renewed once, where the page gave us the means. */
  async send(path: string, request: HttpRequest = {}): Promise<Response> {
    const token = this.context.token();
    let response = await this.fetch(path, request, await token.get());
    if (response.status === 401 && !request.proxied) {
      if (token.renewable) response = await this.fetch(path, request, await this.renew(token));
      if (response.status === 401) this.context.onUnauthorized(token);
    }
    if (!response.ok) throw await failure(response);
    return response;
  }

  private async renew(token: UserToken): Promise<string> {
    try {
      return await token.renew();
    } catch (error) {
      this.context.onUnauthorized(token);
      throw new LinchpinError("unauthorized", "the user token is no longer accepted, and fetching a new one failed", {
        cause: error,
      });
    }
  }

  private async fetch(path: string, request: HttpRequest, token: string): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", "X-Linchpin-SDK-Version": VERSION };
    const { body } = request;
    let payload: BodyInit | undefined;
    if (isRawBody(body)) payload = body;
    else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      payload = JSON.stringify(body);
    }
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value === undefined) continue;
      if (name.toLowerCase() === "content-type") delete headers["Content-Type"];
      headers[name] = value;
    }
    headers.Authorization = `Bearer ${token}`;
    try {
      return await fetch(this.context.baseUrl() + path, {
        method: request.method ?? "GET",
        headers,
        ...(payload === undefined ? {} : { body: payload }),
        ...(request.signal ? { signal: request.signal } : {}),
      });
    } catch (error) {
      throw new LinchpinError("network", `could not reach ${this.context.baseUrl()}`, { cause: error });
    }
  }
}

function isRawBody(body: unknown): body is BodyInit {
  return (
    typeof body === "string" ||
    (typeof FormData !== "undefined" && body instanceof FormData) ||
    (typeof Blob !== "undefined" && body instanceof Blob) ||
    (typeof URLSearchParams !== "undefined" && body instanceof URLSearchParams) ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  );
}

async function failure(response: Response): Promise<LinchpinError> {
  const text = await response.text();
  const body = parseJson(text);
  const fields = isRecord(body) ? body : {};
  const message =
    typeof fields.message === "string" ? fields.message : text.trim() || `the server answered ${response.status}`;
  const code = typeof fields.code === "string" ? fields.code : response.status === 401 ? "unauthorized" : "http_error";
  return new LinchpinError(code, message, {
    status: response.status,
    meta: isRecord(fields.meta) ? fields.meta : {},
    response: body ?? text,
  });
}

/** `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

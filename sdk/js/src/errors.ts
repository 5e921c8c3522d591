/** The codes that this package itself gives; the server's own codes (`not_found`, `7210`, …) pass through unchanged. */
export type LinchpinErrorCode =
  | "not_configured"
  | "not_authenticated"
  | "invalid_token"
  | "unauthorized"
  | "integration_not_found"
  | "integration_inactive"
  | "already_installed"
  | "credential_not_found"
  | "workflow_not_found"
  | "popup_blocked"
  | "portal_closed"
  | "portal_unreachable"
  | "superseded"
  | "oauth_denied"
  | "oauth_timeout"
  | "logged_out"
  | "network"
  | "http_error"
  | "no_browser";

/** What a `LinchpinError` is made from. */
export interface LinchpinErrorDetails {
  status?: number;
  meta?: Record<string, unknown>;
  response?: unknown;
  cause?: unknown;
}

/**
 * Every failure of this package. Decide by `code`, show `message`.
 *
 * @example
 * try {
 *   await linchpin.connect("hubspot");
 * } catch (error) {
 *   if (error instanceof LinchpinError && error.code === "portal_closed") return; // the user changed their mind
 *   throw error;
 * }
 */
export class LinchpinError extends Error {
  /** A stable code: one of ours, or the server's. */
  readonly code: LinchpinErrorCode | (string & {});
  /** The HTTP status, when a server answered. */
  readonly status: number | undefined;
  /** What else is known, for instance `requestId` or `fields`. */
  readonly meta: Record<string, unknown>;
  /** For `request()`: the answer of the provider, parsed where it is JSON. */
  readonly response: unknown;

  constructor(code: LinchpinErrorCode | (string & {}), message: string, details: LinchpinErrorDetails = {}) {
    super(message);
    this.name = "LinchpinError";
    this.code = code;
    this.status = details.status;
    this.meta = details.meta ?? {};
    this.response = details.response;
    if (details.cause !== undefined) (this as { cause?: unknown }).cause = details.cause;
  }
}

/** Makes a `LinchpinError` of whatever was thrown. */
export function asLinchpinError(error: unknown, code: LinchpinErrorCode = "http_error"): LinchpinError {
  if (error instanceof LinchpinError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LinchpinError(code, message, { cause: error });
}

/**
 * The codes that this package itself gives. The server's own codes (`not_found`, `request_refused`, …) pass through
 * unchanged.
 */
export type LinchpinErrorCode =
  /** No address of a server is known: call `configure`. */
  | "not_configured"
  /** Nobody is authenticated: call `authenticate` first. */
  | "not_authenticated"
  /** What was given as user token is none. */
  | "invalid_token"
  /** The page's own function that fetches a user token failed or took too long. */
  | "token_unavailable"
  /** The server refused the user token, and no newer one was to be had. The session has ended. */
  | "unauthorized"
  /** The project has no such integration. */
  | "integration_not_found"
  /** The integration is switched off in the project. */
  | "integration_inactive"
  /** An account is connected already, and neither another one nor a new sign-in was asked for. */
  | "already_installed"
  /** The user has no such account, or none at all. */
  | "credential_not_found"
  /** The account has no such configuration. */
  | "configuration_not_found"
  /** No integration of the project has this workflow, or the user may not have it. */
  | "workflow_not_found"
  /** The project has no such resource. */
  | "resource_not_found"
  /** Options contradict each other, or one of them has no use here. */
  | "invalid_options"
  /** Another account of the user has this `externalId` already. */
  | "external_id_taken"
  /** The browser blocked the provider's window: connect in a click, before anything is awaited. */
  | "popup_blocked"
  /** The user closed the portal without connecting. */
  | "portal_closed"
  /** The portal did not come up: the server cannot be reached, or the page's policy forbids the frame. */
  | "portal_unreachable"
  /** The page said `setHeadless(true)`, and the integration needs input: use `installFlow`. */
  | "input_needed"
  /** `installFlow` has not been started, or has ended. */
  | "no_install_flow"
  /** `installFlow` is at another stage than the one that was answered. */
  | "wrong_stage"
  /** The account is stored, and cannot be used yet: values are missing or wrong. */
  | "setup_incomplete"
  /** A later call does the same. */
  | "superseded"
  /** The page gave up: `installFlow.cancel()`. */
  | "cancelled"
  /** The user did not grant access. */
  | "oauth_denied"
  /** The provider's window was closed, or nothing happened in it for too long. */
  | "oauth_timeout"
  /** The session ended while the call was under way. */
  | "logged_out"
  /** The call's `AbortSignal` fired. */
  | "aborted"
  /** The server did not answer in time. */
  | "timeout"
  /** The server could not be reached. */
  | "network"
  /** The server refused a call and gave no code of its own. */
  | "http_error"
  /** There is no window here: connecting needs a browser. */
  | "no_browser";

/** What a `LinchpinError` is made from. */
export interface LinchpinErrorDetails {
  status?: number;
  meta?: Record<string, unknown>;
  response?: unknown;
  cause?: unknown;
}

/**
 * Every failure of this package. Decide by `code`; `message` says what happened and what to do.
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
  return error instanceof LinchpinError ? error : new LinchpinError(code, textOf(error), { cause: error });
}

/** The message of whatever was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The outcome is also told by callbacks and events: not awaiting it must not count as an unhandled rejection. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

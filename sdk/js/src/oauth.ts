import { told } from "./http.js";
import { accountType, given } from "./integration.js";
import { asLinchpinError, LinchpinError } from "./errors.js";
import type { Integration } from "./model.js";
import { type InstallOptions, isRecord } from "./protocol.js";
import type { Session } from "./session.js";

const POLL_MS = 1_000;
const WATCH_MS = 400;
/** A consent that takes longer than this is not coming. */
const DEFAULT_TIMEOUT_MS = 15 * 60_000;
/** How long an answer is still looked for once the window seems gone. */
const AFTER_CLOSE_MS = 60_000;

export interface OAuthAttempt {
  /** The id of the credential that the server stored. */
  readonly done: Promise<string>;
  /** Gives up, without touching what the server may already have stored. */
  cancel(error: LinchpinError): void;
}

export interface OAuthOptions {
  session: Session;
  baseUrl: string;
  integration: Integration;
  install: InstallOptions;
  values?: Record<string, unknown> | undefined;
  timeoutMs?: number | undefined;
  /** Of the window's own pages; the browser's, when absent. */
  language?: string | undefined;
  /** The window's name: opening it again reuses it. Instances have windows of their own. */
  windowName: string;
  /** The window, open at first, was closed, or is open again. Not to be relied on. */
  onWindow: (state: "open" | "closed") => void;
}

/**
 * Opens the provider's consent window and waits until the *server* says that the account is stored.
 *
 * Must be called in the user's click, before anything is awaited, or browsers block the window. The server is asked
 * by a session key. Neither `opener` nor `closed` is trusted for success: a provider's cross-origin policy cuts both.
 * So does the page's own: the window then goes on without it, and the server says so.
 */
export function startOAuth(options: OAuthOptions): OAuthAttempt {
  const { session, baseUrl, integration } = options;
  const serverOrigin = new URL(baseUrl).origin;
  const key = randomKey();

  const token = session.peekToken();
  const nonceUrl = (userToken: string): string =>
    baseUrl +
    session.path(
      `/sdk/actions/oauth-nonce?${new URLSearchParams({
        action: integration.type,
        integrationId: integration.id,
        originForPostMessage: location.origin,
        userToken,
        oauthMetaKeyId: key,
        ...given({ lang: options.language }),
      })}`,
    );
  const popup = window.open(token ? nonceUrl(token) : "about:blank", options.windowName, popupFeatures());
  if (!popup) {
    throw new LinchpinError("popup_blocked", `the browser blocked the ${integration.name} window; allow pop-ups for this page, and connect directly in a click`);
  }

  let settle: { resolve: (credentialId: string) => void; reject: (error: LinchpinError) => void };
  let settled = false;
  let closed = false;
  let alone = false;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const after = (ms: number, run: () => void): void => {
    timers.push(setTimeout(run, ms));
  };
  const sessionPath = session.path(`/sdk/actions/session-id/${key}`);

  const finish = (outcome: string | LinchpinError): void => {
    if (settled) return;
    settled = true;
    timers.forEach(clearTimeout);
    clearInterval(watch);
    window.removeEventListener("message", onMessage);
    // The page may show its own result; a window that could not be closed is no failure.
    if (!popup.closed && !(outcome instanceof LinchpinError && outcome.code === "superseded")) popup.close();
    session.http.json(sessionPath, { method: "DELETE" }).catch(() => {});
    if (outcome instanceof LinchpinError) settle.reject(outcome);
    else settle.resolve(outcome);
  };

  const done = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever needs the outcome awaits `done`; others must not see an unhandled rejection.
  done.catch(() => {});

  const redirect = buildRedirect(options, key);
  redirect.catch((error: unknown) => finish(asLinchpinError(error)));
  if (!token) {
    session.getToken().then(
      (fresh) => {
        popup.location.href = nonceUrl(fresh);
      },
      (error: unknown) => finish(asLinchpinError(error, "unauthorized")),
    );
  }

  const onMessage = (event: MessageEvent<unknown>): void => {
    if (event.source !== popup || event.origin !== serverOrigin || !isRecord(event.data)) return;
    if (event.data.type === "oauth-nonce-loaded") {
      redirect.then(
        (url) => {
          if (!settled) popup.location.href = url;
        },
        () => {},
      );
    } else if (event.data.type === "oauth_error_callback") {
      finish(denial(event.data.errorResponse, event.data.error, integration.name));
    }
  };
  window.addEventListener("message", onMessage);

  const show = (): void => options.onWindow(closed && !alone ? "closed" : "open");
  const watch = setInterval(() => {
    if (popup.closed === closed) return;
    closed = popup.closed;
    show();
    if (closed) {
      after(AFTER_CLOSE_MS, () => {
        if (closed && !alone) finish(new LinchpinError("oauth_timeout", `the ${integration.name} window was closed before the account was connected; connect again`));
      });
    }
  }, WATCH_MS);
  after(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => {
    finish(new LinchpinError("oauth_timeout", `connecting ${integration.name} took too long; connect again`));
  });

  const poll = async (): Promise<void> => {
    try {
      const answer = await session.http.json<{ connectCredentialId?: string; error?: unknown; window?: string }>(sessionPath);
      if (answer?.connectCredentialId) return finish(answer.connectCredentialId);
      if (isRecord(answer?.error)) return finish(denial(answer.error, undefined, integration.name));
      if (answer?.window === "alone" && !alone) {
        alone = true;
        show();
      }
    } catch (error) {
      // A server that cannot be reached just now is asked again; a session that has ended is not.
      const failure = asLinchpinError(error);
      if (failure.status === 401 || failure.code === "not_authenticated") return finish(failure);
    }
    if (!settled) after(POLL_MS, () => void poll());
  };
  after(POLL_MS, () => void poll());

  return { done, cancel: finish };
}

async function buildRedirect({ session, integration, install, values, language }: OAuthOptions, key: string): Promise<string> {
  const { overrideRedirectUrl } = install;
  const custom = integration.type.startsWith("custom.");
  const query = new URLSearchParams({
    action: custom ? "custom" : integration.type,
    integrationId: integration.id,
    originForPostMessage: location.origin,
    endUserSuppliedValues: JSON.stringify(values ?? {}),
    parameters: JSON.stringify(parametersOf(integration, install)),
    installOptions: JSON.stringify(install),
    isPreviewMode: "false",
    oauthMetaKeyId: key,
    ...given({ lang: language, redirectUrl: overrideRedirectUrl || undefined }),
  });
  const answer = await session.http.json<{ redirectUrl?: string }>(
    `/v2${session.path(`/sdk/actions/build-oauth?${query}`)}`,
  );
  const url = answer?.redirectUrl;
  // Whatever else it may be, it is not a script.
  if (!url || !/^https?:\/\//i.test(url)) {
    throw new LinchpinError("http_error", "the server gave no address for the provider's consent page");
  }
  return url;
}

/** What an account type adds to the consent page's address. */
function parametersOf(integration: Integration, { accountType: chosen }: InstallOptions): Record<string, unknown> {
  const id = Array.isArray(chosen) ? chosen[0] : chosen;
  const { oauthParameters = [] } = accountType(integration, id) ?? {};
  return Object.fromEntries(oauthParameters.map(({ key, source }) => [key, source.value]));
}

function denial(response: unknown, error: unknown, name: string): LinchpinError {
  const text = typeof error === "string" ? error : `access to ${name} was not granted; connect again and allow it`;
  return told(response, "oauth_denied", text, { response });
}

/** In the middle of the page's window, where the user looks. */
function popupFeatures(): string {
  const width = 560;
  const height = 720;
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - width) / 2));
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - height) / 2));
  return `popup=yes,width=${width},height=${height},left=${left},top=${top}`;
}

export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

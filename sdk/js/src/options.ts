import type { LinchpinError } from "./errors.js";
import type { LinchpinEvents } from "./events.js";
import type { CallOptions } from "./http.js";
import { given } from "./integration.js";
import type { Credential, User } from "./model.js";
import type { CredentialSelection, InstallOptions } from "./protocol.js";
import type { PageLists } from "./sources.js";

/** Where the server is. */
export interface Configuration {
  /** The address of the server, for instance `https://connect.acme.com`. */
  baseUrl?: string;
  /** The same, where only a host name is known: `https://` is put in front. */
  host?: string;
  /** How long a call waits for the server where it says nothing itself, in milliseconds (30,000). */
  timeoutMs?: number;
}

/** The address overrides of the SDK that this one replaces. The first one given is the server's address. */
export interface EnvironmentOverrides {
  ZEUS_PUBLIC_URL?: string;
  CONNECT_PUBLIC_URL?: string;
  HERMES_PUBLIC_URL?: string;
  [key: string]: string | undefined;
}

/** Which account and configuration a call is about, and when it gives up. */
export interface SelectionOptions extends CredentialSelection, CallOptions {}

/** Which account a call is about, and when it gives up. */
export type AccountOptions = Omit<SelectionOptions, "selectedConfigurationId">;

export interface AuthenticateOptions extends CallOptions {
  /** Merged into the user's metadata. */
  metadata?: Record<string, unknown>;
}

/** Callbacks of one `connect` or `installIntegration` call. */
export interface ConnectCallbacks {
  onInstall?: (event: LinchpinEvents["onIntegrationInstall"], user: User) => void;
  /** Used only where there is no `onInstall`. */
  onSuccess?: (event: LinchpinEvents["onIntegrationInstall"], user: User) => void;
  onError?: (error: LinchpinError) => void;
  onUninstall?: (event: LinchpinEvents["onIntegrationUninstall"], user: User) => void;
  onWorkflowChange?: (event: LinchpinEvents["onWorkflowChange"], user: User) => void;
  onOpen?: (event: LinchpinEvents["onPortalOpen"], user: User) => void;
  onClose?: (event: LinchpinEvents["onPortalClose"], user: User) => void;
}

/** Options of `connect` and `installIntegration`. */
export interface ConnectOptions extends InstallOptions, ConnectCallbacks, PageLists {
  /** The language of the portal and of the provider's window's own pages (`en`, `de`); the browser's, when absent. */
  language?: string;
  /** Go to the provider in the whole tab and come back, instead of in a window: for phones and web views. */
  redirect?: boolean;
  /** Gives the call up: the portal and the provider's window are closed, and it rejects with `aborted`. */
  signal?: AbortSignal;
  /** Give up on the provider's window after this many milliseconds (15 minutes by default). */
  oauthTimeout?: number;
}

/** What `connect` and `installIntegration` resolve with. */
export interface ConnectResult {
  integrationId: string;
  integrationType: string;
  credentialId: string;
  credential: Credential;
}

export interface EventOptions extends SelectionOptions {
  /** The same key within 24 hours is the same event. One is made for you, so that a repeated attempt is harmless. */
  idempotencyKey?: string;
}

export interface ProxyRequestOptions extends AccountOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | (string & {});
  /** Objects are sent as JSON; strings, `FormData`, `Blob` and bytes as they are. */
  body?: unknown;
  headers?: HeadersInit;
}

export interface WorkflowOptions extends SelectionOptions {
  /** Sent as JSON. */
  body?: unknown;
  query?: Record<string, string>;
  headers?: HeadersInit;
}

export interface CompleteInstallOptions extends CallOptions {
  /** The code that the provider sent to your own redirect page. */
  authorizationCode: string;
  /** The address of that page, as the provider knows it. */
  redirectUrl?: string;
  /** `false` keeps the portal closed. */
  showPortalAfterInstall?: boolean;
  integrationOptions?: { installOptions?: InstallOptions & Record<string, unknown> };
}

export interface IntegrationAccountOptions extends AccountOptions {
  /** Asks for the account's access token, too. Servers hand it out for few integrations, or none. */
  includeAccountAuth?: boolean;
}

export interface CreateConfigurationOptions extends CallOptions {
  /** The account, by id, external id or `ext:…`. */
  credentialId: string;
  /** Your own name for the configuration. */
  externalId?: string;
}

export interface DestroyConfigurationOptions extends CallOptions {
  /** The configuration, by id or external id. */
  id: string;
  credentialId: string;
}

export interface UpdateConfigurationOptions extends DestroyConfigurationOptions {
  /** Merged into what is there. */
  meta: Record<string, unknown>;
}

export interface StartOAuthFlowOptions {
  onSuccess?: (event: LinchpinEvents["onIntegrationInstall"]) => void;
  onError?: (error: LinchpinError) => void;
  oauthTimeout?: number;
}

/** How an integration is shown in a list. */
export interface IntegrationMetadata {
  type: string;
  name: string;
  brandColor: string;
  icon: string;
}

/** Only what can travel to the portal and the server: no callbacks. */
export function installOptions(options: InstallOptions, isApiInstallation: boolean): InstallOptions {
  const travelling = [
    "selectedCredentialId",
    "selectedConfigurationId",
    "showPortalAfterInstall",
    "bypassPostOAuthPrompt",
    "allowMultipleCredentials",
    "accountType",
    "externalId",
    "overrideRedirectUrl",
  ] as const;
  const entries = travelling.map((name) => [name, options[name]]);
  return given(Object.fromEntries(entries) as InstallOptions, isApiInstallation && { isApiInstallation });
}

/** The address of a `configure` call, without a slash at its end. */
export function addressOf({ baseUrl, host }: Configuration): string {
  const text = (baseUrl ?? host ?? "").trim();
  if (text === "") throw new TypeError("configure needs a baseUrl, for instance https://connect.acme.com");
  const url = new URL(withScheme(text));
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** `https://` in front where there is no scheme. */
export function withScheme(text: string): string {
  return /^https?:\/\//i.test(text) ? text : `https://${text}`;
}

import type { LinchpinError } from "./errors.js";
import type { LinchpinEvents } from "./events.js";
import type { Credential } from "./model.js";
import type { CredentialSelection, InstallOptions } from "./protocol.js";

/** Where the server is. */
export interface Configuration {
  /** The address of the server, for instance `https://connect.acme.com`. */
  baseUrl?: string;
  /** The same, where only a host name is known: `https://` is put in front. */
  host?: string;
}

/** The address overrides of the SDK that this one replaces. The first one given is the server's address. */
export interface EnvironmentOverrides {
  ZEUS_PUBLIC_URL?: string;
  CONNECT_PUBLIC_URL?: string;
  HERMES_PUBLIC_URL?: string;
  [key: string]: string | undefined;
}

export interface AuthenticateOptions {
  /** Merged into the user's metadata. */
  metadata?: Record<string, unknown>;
}

/** Callbacks of one `connect` or `installIntegration` call. */
export interface ConnectCallbacks {
  onInstall?: (event: LinchpinEvents["onIntegrationInstall"]) => void;
  /** Used only where there is no `onInstall`. */
  onSuccess?: (event: LinchpinEvents["onIntegrationInstall"]) => void;
  onError?: (error: LinchpinError) => void;
  onUninstall?: (event: LinchpinEvents["onIntegrationUninstall"]) => void;
  onWorkflowChange?: (event: LinchpinEvents["onWorkflowChange"]) => void;
  onOpen?: (event: LinchpinEvents["onPortalOpen"]) => void;
  onClose?: (event: LinchpinEvents["onPortalClose"]) => void;
}

export interface ConnectOptions extends Omit<InstallOptions, "isApiInstallation">, ConnectCallbacks {
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

export interface EventOptions extends CredentialSelection {
  /** The same key within 24 hours is the same event. One is made for you, so that a repeated attempt is harmless. */
  idempotencyKey?: string;
}

export interface ProxyRequestOptions extends Pick<CredentialSelection, "selectedCredentialId"> {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | (string & {});
  /** Objects are sent as JSON; strings, `FormData`, `Blob` and bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface WorkflowOptions extends CredentialSelection {
  body?: Record<string, unknown>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

export interface IntegrationMetadata {
  type: string;
  name: string;
  brandColor: string;
  icon: string;
}

/** Only what can travel to the portal and the server: no callbacks. */
export function installOptions(options: ConnectOptions, isApiInstallation: boolean): InstallOptions {
  const {
    selectedCredentialId,
    selectedConfigurationId,
    showPortalAfterInstall,
    bypassPostOAuthPrompt,
    allowMultipleCredentials,
    accountType,
    externalId,
    overrideRedirectUrl,
  } = options;
  const all: InstallOptions = {
    selectedCredentialId,
    selectedConfigurationId,
    showPortalAfterInstall,
    bypassPostOAuthPrompt,
    allowMultipleCredentials,
    accountType,
    externalId,
    overrideRedirectUrl,
    ...(isApiInstallation ? { isApiInstallation } : {}),
  } as InstallOptions;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The address of a `configure` call, without a slash at its end. */
export function addressOf({ baseUrl, host }: Configuration): string {
  const text = (baseUrl ?? host ?? "").trim();
  if (text === "") throw new TypeError("configure needs a baseUrl, for instance https://connect.acme.com");
  const url = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

import { Connector } from "./connector.js";
import { asLinchpinError, LinchpinError } from "./errors.js";
import { Emitter, type LinchpinEvent, type Listener } from "./events.js";
import { type FieldOptions, type FieldOptionsQuestion, readFieldOptions } from "./field-options.js";
import { parseJson, VERSION } from "./http.js";
import type { SettingValues, User } from "./model.js";
import { randomKey } from "./oauth.js";
import {
  addressOf,
  type AuthenticateOptions,
  type Configuration,
  type ConnectOptions,
  type ConnectResult,
  type EnvironmentOverrides,
  type EventOptions,
  type IntegrationMetadata,
  type ProxyRequestOptions,
  type WorkflowOptions,
} from "./options.js";
import { type CredentialSelection, isRecord } from "./protocol.js";
import { Session } from "./session.js";
import type { TokenSource } from "./token.js";

/** Pauses before an event is sent again, in milliseconds. */
const EVENT_RETRIES_MS = [400, 1_500, 4_000];

let scriptOrigin: string | undefined;

/** The server that a script tag came from: the address where none is configured. */
export function setScriptOrigin(origin: string | undefined): void {
  scriptOrigin = origin;
}

/**
 * The client of one Linchpin server. Most pages use the shared instance `linchpin`;
 * make your own for a second project on the same page.
 *
 * @example
 * import { Linchpin } from "@linchpin/connect";
 *
 * const other = new Linchpin({ baseUrl: "https://connect.acme.com" });
 * await other.authenticate(projectId, () => fetch("/api/token").then((answer) => answer.text()));
 */
export class Linchpin {
  private address: string | undefined;
  private readonly emitter = new Emitter();
  private readonly session: Session;
  private readonly connector: Connector;

  constructor(configuration?: Configuration) {
    if (configuration) this.configure(configuration);
    const baseUrl = (): string => this.baseUrl();
    this.session = new Session(baseUrl, {
      change: () => this.connector.publish(),
      takeover: () => this.connector.dispose(new LinchpinError("superseded", "another user was authenticated")),
      unauthorized: () => this.leave("unauthorized"),
    });
    this.connector = new Connector(this.session, this.emitter, baseUrl);
  }

  /**
   * Says where the server is. A script tag that loads this package from the server needs no such call.
   *
   * @example
   * linchpin.configure({ baseUrl: "https://connect.acme.com" });
   */
  configure(configuration: Configuration): void {
    const address = addressOf(configuration);
    if (this.address !== undefined && this.address !== address) this.leave("logout");
    this.address = address;
  }

  /**
   * The call of the SDK that this one replaces. A bare host name means `https://zeus.<host>`, as it does there;
   * an address with a scheme, or an override, is used as it is.
   *
   * @example
   * linchpin.configureGlobal({ host: "integrations.acme.com" });
   */
  configureGlobal({ host }: { host: string }, overrides: EnvironmentOverrides = {}): void {
    const override = overrides.ZEUS_PUBLIC_URL ?? overrides.CONNECT_PUBLIC_URL ?? overrides.HERMES_PUBLIC_URL;
    if (override !== undefined) return this.configure({ baseUrl: override });
    if (!host) throw new TypeError("host not specified");
    this.configure({ baseUrl: /^https?:\/\//i.test(host) ? host : `https://zeus.${host}` });
  }

  /**
   * Starts the session of one of your users. Give a function instead of a token, and the token is renewed whenever
   * it is about to end. Calls made meanwhile wait for it.
   *
   * @example
   * await linchpin.authenticate(projectId, async () => {
   *   const answer = await fetch("/api/linchpin-token");
   *   return (await answer.json()).token;
   * });
   */
  authenticate(projectId: string, token: TokenSource, options: AuthenticateOptions = {}): Promise<void> {
    if (!projectId) return Promise.reject(new TypeError("authenticate needs the project's id"));
    if (!token) return Promise.reject(new TypeError("authenticate needs a user token, or a function that fetches one"));
    try {
      return this.session.start(projectId, token, options.metadata);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The state of the user: which integrations are connected, with which accounts.
   *
   * @example
   * const user = linchpin.getUser();
   * if (user.authenticated && user.integrations.hubspot?.enabled) showConnected();
   */
  getUser(): User {
    return this.session.user;
  }

  /**
   * Opens the Connect Portal for an integration.
   *
   * Resolves as soon as an account is connected; for a user who was connected before, when the portal closes.
   * Rejects with `portal_closed` when the user closes the portal without connecting.
   * A promise that nobody waits for raises no unhandled rejection.
   *
   * @example
   * const { credentialId } = await linchpin.connect("hubspot");
   */
  connect(type: string, options: ConnectOptions = {}): Promise<ConnectResult> {
    return this.connector.connect(type, options);
  }

  /**
   * Connects without showing the portal first: opens the provider's window at once, so call it in a click.
   * Where the integration needs input, the portal asks for it.
   *
   * @example
   * button.onclick = () => linchpin.installIntegration("hubspot", { showPortalAfterInstall: true });
   */
  installIntegration(type: string, options: ConnectOptions = {}): Promise<ConnectResult> {
    return this.connector.install(type, options);
  }

  /**
   * Disconnects an account. Its workflows stop.
   *
   * @example
   * await linchpin.uninstallIntegration("hubspot");
   */
  async uninstallIntegration(type: string, selection: CredentialSelection = {}): Promise<void> {
    await this.session.ready();
    await this.connector.uninstall(type, selection);
  }

  /** Closes the portal, as its own close button does. */
  closePortal(): void {
    this.connector.close();
  }

  /**
   * Sends an App Event. Resolves when the server has stored it durably. A failed attempt is repeated a few times
   * under the same idempotency key.
   *
   * @example
   * await linchpin.event("Contact Created", { first_name: "Buddha", email: "buddha@example.com" });
   */
  async event(name: string, payload: Record<string, unknown>, options: EventOptions = {}): Promise<{ id: string }> {
    await this.session.ready();
    const request = {
      method: "POST",
      body: { name, payload },
      headers: {
        "Idempotency-Key": options.idempotencyKey ?? randomKey(),
        "X-Paragon-Credential": options.selectedCredentialId,
        "X-Paragon-Configuration-Id": options.selectedConfigurationId,
      },
    };
    const path = `/v2${this.session.path("/sdk/events/trigger")}`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.session.http.json<{ id: string }>(path, request)) ?? { id: "" };
      } catch (error) {
        const pause = EVENT_RETRIES_MS[attempt];
        if (pause === undefined || !isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /**
   * Calls the provider's API in the name of the user. The access token stays on the server.
   *
   * @example
   * const contacts = await linchpin.request<{ results: unknown[] }>("hubspot", "/crm/v3/objects/contacts?limit=10");
   */
  async request<T = unknown>(type: string, path: string, options: ProxyRequestOptions = {}): Promise<T | undefined> {
    await this.session.ready();
    const { method, body, headers, signal, selectedCredentialId } = options;
    const target = this.session.path(`/sdk/proxy/${type}${path.startsWith("/") ? path : `/${path}`}`);
    try {
      const response = await this.session.http.send(target, {
        method: method ?? "GET",
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
        headers: {
          ...(typeof body === "string" ? { "Content-Type": "auto" } : {}),
          ...headers,
          "X-Paragon-Credential": selectedCredentialId,
        },
        proxied: true,
      });
      const text = await response.text();
      if (text === "") return undefined;
      const isJson = response.headers.get("content-type")?.includes("application/json") ?? false;
      const json = isJson ? parseJson(text) : undefined;
      if (json === undefined) return text as T;
      // The server wraps an answer in `output` so that one with a field of that name stays whole.
      return (isRecord(json) && "output" in json ? json.output : json) as T;
    } catch (error) {
      const { status } = asLinchpinError(error);
      // The account may have become invalid: the page should see it at once.
      if (status === 401 || status === 403) await this.session.refresh().catch(() => {});
      throw error;
    }
  }

  /**
   * Runs a workflow that has a Request trigger, and returns what it answers.
   *
   * @example
   * const answer = await linchpin.workflow(workflowId, { body: { email: "buddha@example.com" } });
   */
  async workflow<T = unknown>(workflowId: string, options: WorkflowOptions = {}): Promise<T | undefined> {
    await this.session.ready();
    const query = new URLSearchParams(options.query).toString();
    const path = this.session.path(`/sdk/triggers/${encodeURIComponent(workflowId)}${query && `?${query}`}`);
    return this.session.http.json<T>(path, {
      method: "POST",
      body: options.body ?? {},
      headers: {
        ...options.headers,
        "X-Paragon-Credential": options.selectedCredentialId,
        "X-Paragon-Configuration-Id": options.selectedConfigurationId,
      },
    });
  }

  /** Switches a workflow on for the user. */
  async enableWorkflow(workflowId: string, selection: CredentialSelection = {}): Promise<void> {
    await this.session.ready();
    await this.connector.switchWorkflow(workflowId, true, selection);
  }

  /** Switches a workflow off for the user. */
  async disableWorkflow(workflowId: string, selection: CredentialSelection = {}): Promise<void> {
    await this.session.ready();
    await this.connector.switchWorkflow(workflowId, false, selection);
  }

  /**
   * Switches several workflows. Tries each, and reports those that failed instead of throwing.
   *
   * @example
   * const { errors } = await linchpin.updateWorkflowState({ [contacts]: true, [deals]: false });
   */
  async updateWorkflowState(
    update: Record<string, boolean>,
    selection: CredentialSelection = {},
  ): Promise<{ user: User; errors: { workflowId: string; message: string }[] }> {
    await this.session.ready();
    const errors: { workflowId: string; message: string }[] = [];
    for (const [workflowId, enabled] of Object.entries(update)) {
      try {
        await this.connector.switchWorkflow(workflowId, enabled, selection);
      } catch (error) {
        errors.push({ workflowId, message: asLinchpinError(error).message });
      }
    }
    return { user: this.getUser(), errors };
  }

  /** Changes settings that belong to the whole integration. Resolves with what did not validate. */
  async updateIntegrationUserSettings(
    type: string,
    update: SettingValues,
    selection: CredentialSelection = {},
  ): Promise<{ userState: User; errors: string[] }> {
    await this.session.ready();
    const errors = await this.connector.updateSettings(type, undefined, update, selection);
    return { userState: this.getUser(), errors };
  }

  /** Changes settings of one workflow. Resolves with what did not validate. */
  async updateWorkflowUserSettings(
    type: string,
    workflowId: string,
    update: SettingValues,
    selection: CredentialSelection = {},
  ): Promise<{ userState: User; errors: string[] }> {
    await this.session.ready();
    const errors = await this.connector.updateSettings(type, workflowId, update, selection);
    return { userState: this.getUser(), errors };
  }

  /**
   * Lists what a setting offers to choose from in the user's own account, page by page: for settings that you show yourself.
   *
   * @example
   * const { data, nextPageCursor } = await linchpin.getFieldOptions({ integration: "hubspot", action: "owners", search: "ann" });
   */
  async getFieldOptions(question: FieldOptionsQuestion): Promise<FieldOptions> {
    await this.session.ready();
    return readFieldOptions(this.session, question);
  }

  /** Merges into what is known of the user; workflows read it as `user.metadata`. */
  async setUserMetadata(meta: Record<string, unknown>): Promise<User> {
    await this.session.ready();
    await this.session.patchMetadata(meta);
    return this.getUser();
  }

  /** Name, colour and icon of every active integration, or of one: for your own list of integrations. */
  getIntegrationMetadata(): IntegrationMetadata[];
  getIntegrationMetadata(type: string): IntegrationMetadata;
  getIntegrationMetadata(type?: string): IntegrationMetadata[] | IntegrationMetadata {
    const describe = (name: string): IntegrationMetadata => {
      const integration = this.session.integration(name);
      return {
        type: integration.type,
        name: integration.name,
        brandColor: integration.brandColor ?? "",
        icon: `${this.baseUrl()}/integrations/${encodeURIComponent(integration.type)}.svg`,
      };
    };
    return type === undefined ? this.session.list().map((each) => describe(each.type)) : describe(type);
  }

  /**
   * Listens to an event; the returned function stops it.
   *
   * @example
   * const stop = linchpin.subscribe("onIntegrationInstall", ({ integrationType }) => refresh(integrationType));
   */
  subscribe<E extends LinchpinEvent>(event: E, listener: Listener<E>): () => void {
    return this.emitter.add(event, listener);
  }

  unsubscribe<E extends LinchpinEvent>(event: E, listener: Listener<E>): void {
    this.emitter.remove(event, listener);
  }

  /** Ends the session and removes the portal. */
  logout(): void {
    this.leave("logout");
  }

  /** The version of this package. */
  getVersion(): string {
    return VERSION;
  }

  private baseUrl(): string {
    const address = this.address ?? scriptOrigin;
    if (address === undefined) {
      throw new LinchpinError(
        "not_configured",
        'say where the server is: linchpin.configure({ baseUrl: "https://connect.acme.com" })',
      );
    }
    return address;
  }

  private leave(reason: "logout" | "unauthorized"): void {
    const wasHere = this.session?.user.authenticated ?? false;
    this.connector?.dispose(
      reason === "logout"
        ? new LinchpinError("logged_out", "the user was logged out")
        : new LinchpinError("unauthorized", "the user token is no longer accepted"),
    );
    this.session?.end();
    if (wasHere) this.emitter.emit("onLogout", { reason }, this.session.user);
  }
}

/** Failures that may be gone the next time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof LinchpinError)) return false;
  return error.code === "network" || (error.status !== undefined && [429, 502, 503, 504].includes(error.status));
}

import { LinchpinError } from "./errors.js";
import { type CallOptions, Http } from "./http.js";
import type { AuthenticatedUser, Configuration, Credential, Integration, IntegrationState, MeResponse, Project, User } from "./model.js";
import type { CredentialSelection } from "./protocol.js";
import { type TokenSource, UserToken } from "./token.js";

/** The authenticated user, their integrations, and the calls made in their name. */
export class Session {
  user: User = { authenticated: false };
  projectId: string | undefined;
  project: Project | undefined;
  readonly http: Http;
  private token: UserToken | undefined;
  private readonly integrations = new Map<string, Integration>();
  /** Numbers of the reads of the user: asked for, and taken over. */
  private asked = 0;
  private answered = 0;
  private starting: { key: unknown; done: Promise<void> } | undefined;
  /** The limit of calls that give none, in milliseconds. */
  timeoutMs = 30_000;

  constructor(
    private readonly baseUrl: () => string,
    private readonly on: {
      /** The user's state is another. */
      change(): void;
      /** Another user or project takes over: what the former had open must go. */
      takeover(): void;
      unauthorized(): void;
    },
  ) {
    this.http = new Http({
      baseUrl,
      timeoutMs: () => this.timeoutMs,
      token: () => this.requireToken(),
      onUnauthorized: (token) => {
        // A late answer to an older session must not end the present one.
        if (token === this.token) this.on.unauthorized();
      },
    });
  }

  /** Starts a session. Called again with the same arguments while it starts, it is the same start. */
  start(
    projectId: string,
    source: TokenSource,
    metadata: Record<string, unknown> | undefined,
    call: CallOptions,
  ): Promise<void> {
    const { starting } = this;
    const key = typeof source === "object" ? source.getToken : source;
    if (starting && this.projectId === projectId && starting.key === key) return starting.done;
    const token = new UserToken(source);
    this.baseUrl();
    if (this.projectId !== projectId) {
      this.integrations.clear();
      this.user = { authenticated: false };
      this.on.takeover();
    }
    this.projectId = projectId;
    this.token = token;
    const done = this.load(token, metadata, call).finally(() => {
      if (this.starting?.done === done) this.starting = undefined;
    });
    this.starting = { key, done };
    return done;
  }

  private async load(
    token: UserToken,
    metadata: Record<string, unknown> | undefined,
    call: CallOptions,
  ): Promise<void> {
    try {
      await token.get();
      if (token === this.token && this.user.authenticated && this.user.userId !== token.userId) {
        this.user = { authenticated: false };
        this.on.takeover();
      }
      const [me, integrations] = await Promise.all([this.fetchMe(call), this.fetchIntegrations(call)]);
      if (token !== this.token) return await this.afterTakeover();
      for (const integration of integrations) this.integrations.set(integration.type, integration);
      this.accept(me);
      if (metadata && Object.keys(metadata).length > 0) await this.patchMetadata(metadata, call);
    } catch (error) {
      if (token !== this.token && this.token) return await this.afterTakeover();
      if (token === this.token) this.end();
      throw error;
    }
  }

  /** A later `start` decides for an earlier one: a page that starts twice, as React's strict mode does, sees one. */
  private async afterTakeover(): Promise<void> {
    if (!this.token) throw new LinchpinError("logged_out", "the user was logged out meanwhile");
    await this.starting?.done;
  }

  end(): void {
    this.user = { authenticated: false };
    this.token = undefined;
    this.project = undefined;
    this.on.change();
  }

  /** Waits for a running authentication; throws if there is none and nobody is authenticated. */
  async ready(): Promise<AuthenticatedUser> {
    if (this.starting) await this.starting.done;
    return this.requireUser();
  }

  get isReady(): boolean {
    return this.starting === undefined && this.user.authenticated;
  }

  requireUser(): AuthenticatedUser {
    if (!this.user.authenticated) {
      throw new LinchpinError("not_authenticated", "call linchpin.authenticate(projectId, token) first");
    }
    return this.user;
  }

  /** The token where it can be used without waiting. */
  peekToken(): string | undefined {
    return this.token?.peek();
  }

  async getToken(): Promise<string> {
    return this.requireToken().get();
  }

  path(rest: string): string {
    return `/projects/${encodeURIComponent(this.projectId ?? "")}${rest}`;
  }

  /** Reads the user's state again. */
  async refresh(call: CallOptions = {}): Promise<void> {
    const { token } = this;
    const asked = ++this.asked;
    const me = await this.fetchMe(call);
    // An answer that a later one overtook says what was.
    if (token !== this.token || asked < this.answered) return;
    this.answered = asked;
    this.accept(me);
  }

  async patchMetadata(meta: Record<string, unknown>, call: CallOptions): Promise<void> {
    await this.http.json(this.path("/sdk/me"), { method: "PATCH", body: { meta }, ...call });
    await this.refresh(call);
  }

  /** Every integration that the project offers. */
  list(): Integration[] {
    return [...this.integrations.values()].filter((integration) => integration.isActive);
  }

  integration(type: string): Integration {
    const found = this.integrations.get(type);
    if (!found) {
      const known = [...this.integrations.keys()].join(", ") || "none";
      throw new LinchpinError("integration_not_found", `this project has no integration "${type}"; it has: ${known}`);
    }
    if (!found.isActive) {
      throw new LinchpinError("integration_inactive", `the integration "${type}" is not active; switch it on in the project`);
    }
    return found;
  }

  /** The integration that a workflow belongs to. */
  integrationOfWorkflow(workflowId: string): Integration {
    for (const integration of this.integrations.values()) {
      if (integration.workflows.some((workflow) => workflow.id === workflowId)) return integration;
      if (integration.configs[0]?.values.workflowMeta?.[workflowId]) return integration;
    }
    throw new LinchpinError("workflow_not_found", `no integration of this project has the workflow "${workflowId}"; is it deployed, and may the user have it?`);
  }

  state(type: string): IntegrationState | undefined {
    return this.user.authenticated ? this.user.integrations[type] : undefined;
  }

  /** The credential that is meant: by id, external id or `ext:…`; without a selection the current one. */
  credential(type: string, selected?: string): Credential {
    const state = this.state(type);
    const found = select(state?.allCredentials, selected ?? state?.credentialId);
    if (!found) {
      throw new LinchpinError(
        "credential_not_found",
        selected === undefined
          ? `"${type}" is not connected; let the user connect it first`
          : `"${type}" has no account "${selected}"; the user's accounts are in getUser().integrations`,
      );
    }
    return found;
  }

  /** The configuration that is meant: by id or external id; without a selection the default one. */
  configuration({ id, configurations }: Credential, selected?: string): Configuration {
    const found =
      selected === undefined ? configurations.find(({ isDefault }) => isDefault) : select(configurations, selected);
    if (!found) {
      throw new LinchpinError("configuration_not_found", `the account ${id} has no configuration "${selected}"`);
    }
    return found;
  }

  /** The headers that name a credential and its configuration. */
  selectionHeaders(type: string, selection: CredentialSelection = {}): Record<string, string> {
    const credential = this.credential(type, selection.selectedCredentialId);
    return {
      "X-Paragon-Credential": credential.id,
      // The server knows of configurations that were made elsewhere meanwhile.
      "X-Paragon-Configuration-Id": selection.selectedConfigurationId ?? this.configuration(credential).id,
    };
  }

  private requireToken(): UserToken {
    if (!this.token) {
      throw new LinchpinError("not_authenticated", "call linchpin.authenticate(projectId, token) first");
    }
    return this.token;
  }

  private async fetchMe(call: CallOptions): Promise<MeResponse> {
    return this.http.need(this.path("/sdk/me"), call);
  }

  private async fetchIntegrations(call: CallOptions): Promise<Integration[]> {
    const list = (await this.http.json<Integration[]>(this.path("/sdk/integrations"), call)) ?? [];
    return list
      .filter((integration) => integration.configs?.length > 0)
      .map((integration) => ({ ...integration, type: integration.customIntegration?.slug ?? integration.type }));
  }

  private accept(me: MeResponse): void {
    this.project = me.project;
    this.user = {
      authenticated: true,
      userId: this.token?.userId ?? me.userId ?? "",
      integrations: me.integrations,
      meta: me.meta ?? {},
      resources: me.resources ?? [],
    };
    this.on.change();
  }
}

/** By id, external id or `ext:<external id>`. */
export function select<T extends { id: string; externalId?: string }>(all: T[] = [], wanted?: string): T | undefined {
  const bare = wanted?.startsWith("ext:") ? wanted.slice(4) : wanted;
  return (
    all.find(({ id }) => id === wanted) ??
    all.find(({ externalId }) => externalId !== undefined && externalId === bare)
  );
}

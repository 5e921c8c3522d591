import { asLinchpinError, LinchpinError } from "./errors.js";
import { type Emitter, guarded, type LinchpinEvent, type LinchpinEvents } from "./events.js";
import { readFieldOptions } from "./field-options.js";
import { PortalFrame } from "./frame.js";
import type { Credential, Integration, SettingValues } from "./model.js";
import { type OAuthAttempt, startOAuth } from "./oauth.js";
import { type ConnectCallbacks, type ConnectOptions, type ConnectResult, installOptions } from "./options.js";
import {
  type CredentialSelection,
  type InstallOptions,
  isRecord,
  type ModalState,
  type PortalEvent,
  type PortalMethods,
} from "./protocol.js";
import type { Session } from "./session.js";

/** A `connect` or `installIntegration` call that has not settled yet. */
interface Pending {
  type: string;
  options: ConnectOptions;
  resolve: (result: ConnectResult) => void;
  reject: (error: LinchpinError) => void;
}

const NOTHING: ModalState = { integration: null };

/** Connecting: the portal, the provider's window, and who waits for what. */
export class Connector {
  private frame: PortalFrame | undefined;
  private modal: ModalState = NOTHING;
  private shown = false;
  private attempt: { type: string; oauth: OAuthAttempt; windowClosed: boolean } | undefined;
  private readonly pending = new Map<string, Pending>();
  /** Callbacks outlive the promise: the portal stays open after the account is connected. */
  private readonly callbacks = new Map<string, ConnectCallbacks>();

  constructor(
    private readonly session: Session,
    private readonly emitter: Emitter,
    private readonly baseUrl: () => string,
  ) {}

  connect(type: string, options: ConnectOptions): Promise<ConnectResult> {
    return this.begin(type, options, () => {
      this.open(type, options, false);
    });
  }

  install(type: string, options: ConnectOptions): Promise<ConnectResult> {
    return this.begin(type, options, () => {
      const integration = this.session.integration(type);
      const state = this.session.state(type);
      if (state?.enabled && !options.allowMultipleCredentials && !options.selectedCredentialId) {
        throw new LinchpinError("already_installed", `"${type}" is already connected`);
      }
      if (usesOAuth(integration) && !integration.needPreOauthInputs) {
        this.startOAuth(type, installOptions(options, true), options.oauthTimeout);
      } else {
        this.open(type, options, true);
      }
    });
  }

  /** Registers the call and runs it: at once when the session is there, because a window opens only in a click. */
  private begin(type: string, options: ConnectOptions, run: () => void): Promise<ConnectResult> {
    const promise = new Promise<ConnectResult>((resolve, reject) => {
      if (typeof window === "undefined") {
        throw new LinchpinError("no_browser", "connecting an account needs a browser");
      }
      const start = (): void => {
        this.session.requireUser();
        this.settle(type, new LinchpinError("superseded", `"${type}" is being connected by a later call`));
        this.pending.set(type, { type, options, resolve, reject });
        this.callbacks.set(type, options);
        try {
          run();
        } catch (error) {
          this.fail(type, asLinchpinError(error));
        }
      };
      if (this.session.isReady) start();
      else this.session.ready().then(start).catch(reject);
    });
    // The outcome is also told by callbacks and events: not awaiting it must not count as an error.
    promise.catch(() => {});
    return promise;
  }

  private open(type: string, options: ConnectOptions, isApiInstallation: boolean): void {
    const integration = this.session.integration(type);
    if (this.modal.integration && this.modal.integration.type !== type) this.close();
    const install = installOptions(options, isApiInstallation);
    this.modal = {
      integration,
      config: integration.configs[0]?.values ?? {},
      overlayStyle: { overflow: "auto" },
      apiInstallationOptions: install,
      shouldShowPortalAfterInstall: false,
      ...(options.selectedCredentialId === undefined ? {} : { selectedCredentialId: options.selectedCredentialId }),
    };
    this.frame ??= new PortalFrame({
      baseUrl: this.baseUrl(),
      projectId: this.session.projectId ?? "",
      handle: (method, parameters) => this.handle(method, parameters),
      onUnreachable: (error) => {
        this.removeFrame();
        this.fail(type, error);
      },
    });
    if (!this.shown) this.frame.expectToShow();
    this.publish();
  }

  /** Closes the portal, from the page or from its own button. */
  close(): void {
    const { integration } = this.modal;
    if (!integration) return;
    this.modal = NOTHING;
    this.frame?.setVisible(false);
    this.publish();
    if (this.shown) this.emit("onPortalClose", identify(integration));
    this.shown = false;
    // The consent may still be under way in its own window: then its end decides.
    if (this.attempt?.type === integration.type && !this.attempt.windowClosed) return;
    this.settleOnClose(integration);
  }

  private settleOnClose(integration: Integration): void {
    const { type } = integration;
    const pending = this.pending.get(type);
    if (!pending) return;
    const credential = this.validCredential(type, pending.options.selectedCredentialId);
    this.settle(
      type,
      credential && !pending.options.allowMultipleCredentials
        ? result(integration, credential)
        : new LinchpinError("portal_closed", `the portal was closed before ${integration.name} was connected`),
    );
  }

  async uninstall(type: string, selection: CredentialSelection): Promise<void> {
    const integration = this.session.integration(type);
    const credential = this.session.credential(type, selection.selectedCredentialId);
    await this.session.http.json(this.session.path(`/sdk/integrations/${encodeURIComponent(integration.id)}`), {
      method: "DELETE",
      headers: { "X-Paragon-Credential": credential.id },
    });
    await this.session.refresh();
    this.emit("onIntegrationUninstall", identify(integration));
  }

  async switchWorkflow(workflowId: string, enabled: boolean, selection: CredentialSelection): Promise<void> {
    const { type } = this.session.integrationOfWorkflow(workflowId);
    await this.session.http.json(this.session.path(`/sdk/workflows/${encodeURIComponent(workflowId)}`), {
      method: enabled ? "POST" : "DELETE",
      headers: this.session.selectionHeaders(type, selection),
    });
    await this.session.refresh();
  }

  /** Saves settings of the integration, or of one workflow. Returns what did not validate. */
  async updateSettings(
    type: string,
    workflowId: string | undefined,
    update: SettingValues,
    selection: CredentialSelection,
  ): Promise<string[]> {
    const credential = this.session.credential(type, selection.selectedCredentialId);
    const headers = this.session.selectionHeaders(type, selection);
    const configuration = credential.configurations.find(
      (each) => each.id === headers["X-Paragon-Configuration-Id"] || each.externalId === selection.selectedConfigurationId,
    );
    const all = configuration?.workflowSettings ?? {};
    // The server takes the whole map, so that a setting can be removed.
    const config =
      workflowId === undefined
        ? { sharedSettings: { ...configuration?.sharedSettings, ...update } }
        : {
            workflowSettings: {
              ...all,
              [workflowId]: {
                enabled: all[workflowId]?.enabled ?? false,
                settings: { ...all[workflowId]?.settings, ...update },
              },
            },
          };
    const answer = await this.session.http.json<{ errors?: string[] }>(
      this.session.path(`/sdk/credentials/${encodeURIComponent(credential.id)}`),
      { method: "PATCH", body: { config }, headers },
    );
    await this.session.refresh();
    return answer?.errors ?? [];
  }

  /** Sends the portal what is true now. */
  publish(): void {
    if (!this.frame) return;
    const { integration } = this.modal;
    this.frame.update(
      {
        user: this.session.user,
        ...(this.session.projectId === undefined ? {} : { projectId: this.session.projectId }),
        ...(this.session.project === undefined ? {} : { project: this.session.project }),
      },
      integration && this.attempt?.type === integration.type
        ? { ...this.modal, oauthWindow: this.attempt.windowClosed ? "closed" : "open" }
        : this.modal,
    );
  }

  /** Ends everything that belongs to a session. */
  dispose(error: LinchpinError): void {
    this.attempt?.oauth.cancel(error);
    this.attempt = undefined;
    const { integration } = this.modal;
    this.removeFrame();
    if (integration && this.shown) this.emit("onPortalClose", identify(integration));
    this.shown = false;
    for (const type of [...this.pending.keys()]) this.settle(type, error);
    this.callbacks.clear();
  }

  private removeFrame(): void {
    this.frame?.remove();
    this.frame = undefined;
    this.modal = NOTHING;
  }

  /** What the portal may ask for. Nothing else is offered to it. */
  private handle(method: string, parameters: unknown[]): unknown {
    const methods = this.portalMethods();
    const call = Object.hasOwn(methods, method) ? methods[method as keyof PortalMethods] : undefined;
    if (!call) throw new LinchpinError("http_error", `the portal asked for "${method}", which does not exist`);
    return (call as (...args: unknown[]) => unknown)(...parameters);
  }

  private portalMethods(): PortalMethods {
    return {
      updateContainerStyle: ({ isModalShown }) => {
        this.frame?.setVisible(isModalShown && this.modal.integration !== null);
      },
      onOpen: () => {
        const { integration } = this.modal;
        if (!integration || this.shown) return;
        this.shown = true;
        this.emit("onPortalOpen", identify(integration));
      },
      onClose: () => this.close(),
      setModalState: () => this.setModal({ connectionError: undefined }),
      startOAuthFlow: (type, { endUserSuppliedValues, ...install }) =>
        this.startOAuth(type, install, this.pending.get(type)?.options.oauthTimeout, endUserSuppliedValues),
      _oauthCallback: (response, credentialId, options) =>
        this.saveCredential(response.integrationId, response.payload, credentialId, options?.installOptions ?? {}),
      triggerSDKEvent: (event) => this.relay(event),
      enableWorkflow: (id, selection) => this.switchWorkflow(id, true, selection ?? {}),
      disableWorkflow: (id, selection) => this.switchWorkflow(id, false, selection ?? {}),
      uninstallIntegration: (type, selection) => this.uninstall(type, selection ?? {}),
      getFieldOptions: (question) => readFieldOptions(this.session, question),
      updateIntegrationUserSettings: async (type, update, selection) => ({
        errors: await this.updateSettings(type, undefined, update, selection ?? {}),
      }),
      updateWorkflowUserSettings: async (type, workflowId, update, selection) => ({
        errors: await this.updateSettings(type, workflowId, update, selection ?? {}),
      }),
    };
  }

  private relay(event: PortalEvent): void {
    if (!isRecord(event) || event.type !== "onWorkflowChange") return;
    const { integrationId, integrationType, workflowId, workflowStateChange } = event;
    this.emit("onWorkflowChange", { integrationId, integrationType, workflowId, workflowStateChange });
  }

  private startOAuth(
    type: string,
    install: InstallOptions,
    timeoutMs: number | undefined,
    values?: Record<string, unknown>,
  ): void {
    const integration = this.session.integration(type);
    this.dropAttempt(type);
    this.setModal({ connectionError: undefined });
    const oauth = startOAuth({
      session: this.session,
      baseUrl: this.baseUrl(),
      integration,
      install,
      timeoutMs,
      ...(values === undefined ? {} : { values }),
      onWindow: (state) => {
        if (this.attempt?.oauth !== oauth) return;
        this.attempt.windowClosed = state === "closed";
        this.publish();
      },
    });
    this.attempt = { type, oauth, windowClosed: false };
    this.publish();
    oauth.done.then(
      (credentialId) => this.onConnected(integration, credentialId, oauth),
      (error: LinchpinError) => this.onNotConnected(integration, error, oauth),
    );
  }

  /** There is one window: opening it again ends what it was open for. */
  private dropAttempt(nextType: string): void {
    const { attempt } = this;
    if (!attempt) return;
    this.attempt = undefined;
    const error = new LinchpinError("superseded", "the window was opened again");
    attempt.oauth.cancel(error);
    if (attempt.type !== nextType && this.modal.integration?.type !== attempt.type) this.fail(attempt.type, error);
  }

  private async onConnected(integration: Integration, credentialId: string, oauth: OAuthAttempt): Promise<void> {
    if (this.attempt?.oauth === oauth) this.attempt = undefined;
    try {
      await this.session.refresh();
      this.onCredential(integration, credentialId);
    } catch (error) {
      this.fail(integration.type, asLinchpinError(error));
    }
  }

  private onNotConnected(integration: Integration, error: LinchpinError, oauth: OAuthAttempt): void {
    if (this.attempt?.oauth !== oauth) return;
    this.attempt = undefined;
    const { type } = integration;
    const open = this.modal.integration?.type === type;
    if (open) {
      // The portal shows it and offers to try again, so the call is still open: its end is the portal's closing.
      const { code, message } = error;
      this.setModal({ connectionError: { code, message, integrationId: integration.id } });
      this.callBack(type, "onError", error);
    } else this.fail(type, error);
  }

  /** An account without OAuth: the values of a form make the credential. */
  private async saveCredential(
    integrationId: string,
    payload: SettingValues,
    credentialId: string | undefined,
    install: InstallOptions,
  ): Promise<void> {
    const { integration } = this.modal;
    if (!integration || integration.id !== integrationId) {
      throw new LinchpinError("integration_not_found", "the portal shows another integration");
    }
    const path = credentialId === undefined ? "" : `/${encodeURIComponent(credentialId)}/complete-setup`;
    const credential = await this.session.http.json<Credential>(this.session.path(`/sdk/credentials${path}`), {
      method: "POST",
      body: { integrationId, config: {}, payload, installOptions: install },
    });
    if (!credential) throw new LinchpinError("http_error", "the server did not store the account");
    await this.session.refresh();
    this.onCredential(integration, credential.id);
  }

  private onCredential(integration: Integration, credentialId: string): void {
    const { type } = integration;
    const credential = this.session.credential(type, credentialId);
    if (credential.status !== "VALID") {
      // Something is still missing, which the portal asks for.
      if (this.modal.integration?.type !== type) this.open(type, this.pending.get(type)?.options ?? {}, true);
      return;
    }
    this.emit("onIntegrationInstall", { ...identify(integration), credentialId, credential });
    const pending = this.pending.get(type);
    this.settle(type, result(integration, credential));
    if (this.modal.integration?.type === type) {
      this.setModal({ connectionError: undefined, shouldShowPortalAfterInstall: true });
    } else if (pending?.options.showPortalAfterInstall) {
      this.open(type, pending.options, false);
    }
  }

  private setModal(change: Partial<ModalState>): void {
    if (!this.modal.integration) return;
    this.modal = { ...this.modal, ...change };
    this.publish();
  }

  private validCredential(type: string, selected: string | undefined): Credential | undefined {
    try {
      const credential = this.session.credential(type, selected);
      return credential.status === "VALID" ? credential : undefined;
    } catch {
      return undefined;
    }
  }

  private fail(type: string, error: LinchpinError): void {
    this.callBack(type, "onError", error);
    this.settle(type, error);
  }

  private settle(type: string, outcome: ConnectResult | LinchpinError): void {
    const pending = this.pending.get(type);
    if (!pending) return;
    this.pending.delete(type);
    if (outcome instanceof LinchpinError) pending.reject(outcome);
    else pending.resolve(outcome);
  }

  private emit<E extends Exclude<LinchpinEvent, "onLogout">>(event: E, payload: LinchpinEvents[E]): void {
    this.emitter.emit(event, payload, this.session.user);
    const names = {
      onIntegrationInstall: "onInstall",
      onIntegrationUninstall: "onUninstall",
      onWorkflowChange: "onWorkflowChange",
      onPortalOpen: "onOpen",
      onPortalClose: "onClose",
    } as const;
    this.callBack(payload.integrationType, names[event], payload);
  }

  private callBack(type: string, name: keyof ConnectCallbacks, payload: unknown): void {
    const callbacks = this.callbacks.get(type);
    const callback = callbacks?.[name] ?? (name === "onInstall" ? callbacks?.onSuccess : undefined);
    if (callback) guarded(() => (callback as (payload: unknown) => void)(payload));
  }
}

function identify({ id, type }: Integration): { integrationId: string; integrationType: string } {
  return { integrationId: id, integrationType: type };
}

function result(integration: Integration, credential: Credential): ConnectResult {
  return { ...identify(integration), credentialId: credential.id, credential };
}

function usesOAuth({ authenticationType }: Integration): boolean {
  return authenticationType === undefined || authenticationType === "oauth";
}

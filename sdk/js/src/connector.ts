import { credentialPath, switchWorkflow, updateSettings } from "./accounts.js";
import { checkLabels, checkNotInstalled } from "./checks.js";
import { accountType, given, identify, needsInput } from "./integration.js";
import { asLinchpinError, LinchpinError, quiet } from "./errors.js";
import { type Emitter, guarded, type LinchpinEvent, type LinchpinEvents } from "./events.js";
import { readFieldOptions } from "./field-options.js";
import { PortalFrame } from "./frame.js";
import { aborted, type CallOptions } from "./http.js";
import type { Credential, Integration, SettingValues } from "./model.js";
import { type OAuthAttempt, randomKey, startOAuth } from "./oauth.js";
import {
  type AccountOptions,
  type ConnectCallbacks,
  type ConnectOptions,
  type ConnectResult,
  installOptions,
} from "./options.js";
import {
  type InstallOptions,
  isRecord,
  type ModalState,
  type PortalEvent,
  type PortalMethods,
} from "./protocol.js";
import type { Session } from "./session.js";
import { NO_SOURCES, type Sources } from "./sources.js";

/** A `connect` or `installIntegration` call that has not settled yet. */
interface Pending {
  type: string;
  options: ConnectOptions;
  resolve: (result: ConnectResult) => void;
  reject: (error: LinchpinError) => void;
}

/** A provider's window. */
interface Attempt {
  type: string;
  oauth: OAuthAttempt;
  windowClosed: boolean;
  /** Nobody waits for it any more. */
  dropped: boolean;
}

const NOTHING: ModalState = { integration: null };

/** Connecting: the portal, the provider's window, and who waits for what. */
export class Connector {
  /** The page draws its own screens: nothing of ours is shown. */
  headless = false;
  /** Lists that the page gives to settings; the full entry brings them along. */
  sources: Sources = NO_SOURCES;
  /** Ends what else belongs to a session. */
  onDispose: (error: LinchpinError) => void = () => {};
  private frame: PortalFrame | undefined;
  private modal: ModalState = NOTHING;
  private shown = false;
  private attempt: Attempt | undefined;
  private readonly pending = new Map<string, Pending>();
  private windowName: string | undefined;
  /** Callbacks outlive the promise: the portal stays open after the account is connected. */
  private readonly callbacks = new Map<string, ConnectOptions>();

  constructor(
    private readonly session: Session,
    private readonly emitter: Emitter,
    private readonly baseUrl: () => string,
  ) {}

  connect(type: string, options: ConnectOptions): Promise<ConnectResult> {
    if (options.isApiInstallation) return this.install(type, options);
    return this.begin(type, options, () => this.open(type, options, false));
  }

  install(type: string, options: ConnectOptions): Promise<ConnectResult> {
    return this.begin(type, options, () => {
      const integration = this.session.integration(type);
      checkNotInstalled(this.session, type, options);
      const pending = this.session.state(type)?.credentialStatus === "PENDING" && !options.allowMultipleCredentials;
      if (pending || needsInput(integration, options.accountType)) this.open(type, options, true);
      else void this.startOAuth(type, installOptions(options, true), options.oauthTimeout);
    });
  }

  /** Registers the call and runs it: at once when the session is there, because a window opens only in a click. */
  begin(type: string, options: ConnectOptions, run: () => void): Promise<ConnectResult> {
    const { signal } = options;
    const promise = new Promise<ConnectResult>((resolve, reject) => {
      if (typeof window === "undefined") {
        throw new LinchpinError("no_browser", "connecting an account needs a browser; call this in the page");
      }
      const start = (): void => {
        this.session.requireUser();
        if (signal?.aborted) throw aborted(signal);
        checkLabels(this.session, type, options);
        this.settle(type, new LinchpinError("superseded", `"${type}" is being connected by a later call`));
        const pending = { type, options, resolve, reject };
        this.pending.set(type, pending);
        this.callbacks.set(type, options);
        this.sources.setForCall(type, options);
        signal?.addEventListener("abort", () => {
          if (this.pending.get(type) === pending) this.abort(type, aborted(signal));
        });
        try {
          run();
        } catch (error) {
          this.fail(type, asLinchpinError(error));
        }
      };
      if (this.session.isReady) start();
      else this.session.ready().then(start).catch(reject);
    });
    return quiet(promise);
  }

  private abort(type: string, error: LinchpinError): void {
    this.drop(type, error);
    this.fail(type, error);
    if (this.modal.integration?.type === type) this.close();
  }

  open(type: string, options: ConnectOptions, isApiInstallation: boolean): void {
    const integration = this.session.integration(type);
    if (this.modal.integration && this.modal.integration.type !== type) this.close();
    if (this.headless) {
      throw new LinchpinError("input_needed", `"${type}" asks the user for input, and this page is headless; use installFlow`);
    }
    const install = installOptions(options, isApiInstallation);
    const chosen = install.accountType;
    this.modal = {
      integration,
      config: this.sources.fill(type, integration.configs[0]?.values ?? {}),
      overlayStyle: { overflow: "auto" },
      apiInstallationOptions: {
        ...install,
        ...given({
          selectedMultipleAccountTypes: Array.isArray(chosen) ? chosen : undefined,
          selectedAccountConfig: typeof chosen === "string" ? accountType(integration, chosen) : undefined,
        }),
      },
      shouldShowPortalAfterInstall: false,
      ...(options.selectedCredentialId === undefined ? {} : { selectedCredentialId: options.selectedCredentialId }),
      ...given({ language: options.language, redirect: options.redirect }),
    };
    if (this.frame && !this.frame.attached) this.removeFrame();
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
    // Since the page was loaded an account may have died, or been connected in another tab.
    void this.session.refresh().catch(() => {});
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

  async uninstall(type: string, { selectedCredentialId, ...call }: AccountOptions): Promise<void> {
    const integration = this.session.integration(type);
    const credential = this.session.credential(type, selectedCredentialId);
    await this.session.http.json(this.session.path(`/sdk/integrations/${encodeURIComponent(integration.id)}`), {
      ...call,
      method: "DELETE",
      headers: { "X-Paragon-Credential": credential.id },
    });
    await this.session.refresh(call);
    this.emit("onIntegrationUninstall", identify(integration));
  }

  /** Sends the portal what is true now. */
  publish(): void {
    if (!this.frame) return;
    const { integration, apiInstallationOptions } = this.modal;
    const { user, projectId, project } = this.session;
    const own = integration && {
      mapObjectFields: this.sources.objectFields(integration.type),
      overrideRedirectUrl: apiInstallationOptions?.overrideRedirectUrl,
    };
    this.frame.update(
      { user, ...given({ projectId, project }), ...(own && { endUserIntegrationConfig: given(own) }) },
      integration && this.attempt?.type === integration.type
        ? { ...this.modal, oauthWindow: this.attempt.windowClosed ? "closed" : "open" }
        : this.modal,
    );
  }

  /** Ends everything that belongs to a session. */
  dispose(error: LinchpinError): void {
    this.onDispose(error);
    if (this.attempt) this.drop(this.attempt.type, error);
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
      startOAuthFlow: (type, { endUserSuppliedValues, ...install }) => {
        void this.startOAuth(type, install, this.pending.get(type)?.options.oauthTimeout, endUserSuppliedValues);
      },
      _oauthCallback: (response, credentialId, options) =>
        this.saveCredential(response.integrationId, response.payload, credentialId, options?.installOptions ?? {}),
      triggerSDKEvent: (event) => this.relay(event),
      enableWorkflow: (id, selection) => switchWorkflow(this.session, id, true, selection),
      disableWorkflow: (id, selection) => switchWorkflow(this.session, id, false, selection),
      uninstallIntegration: (type, selection) => this.uninstall(type, selection ?? {}),
      getFieldOptions: (question) => readFieldOptions(this.session, this.sources, question),
      _loadCustomDropdownOptions: (key, cursor, search) =>
        this.sources.load(this.modal.integration?.type ?? "", key, cursor, search),
      _fetchBYOFieldMappingOptions: (type, kind, key, params) => this.sources.loadFields(type, kind, key, params),
      sendConnectRequest: (path, init) => this.relayRequest(path, init),
      updateIntegrationUserSettings: async (type, update, selection) => ({
        errors: await updateSettings(this.session, type, undefined, update, selection),
      }),
      updateWorkflowUserSettings: async (type, workflowId, update, selection) => ({
        errors: await updateSettings(this.session, type, workflowId, update, selection),
      }),
    };
  }

  /** Two doors and no more: the portal never has the token itself. */
  private relayRequest(path: string, { method = "GET", body }: { method?: string; body?: string } = {}): Promise<unknown> {
    const good = method === "GET" ? path.startsWith("/sdk/activity?") : method === "POST" && path === "/sdk/connect-links";
    if (!good) throw new LinchpinError("http_error", `the portal asked for ${method} ${path}, which it may not`);
    return this.session.http.json(this.session.path(path), {
      method,
      // The frame knows the page's origin at most; the tab shall come back to this very page.
      ...(body !== undefined && { body: { ...(JSON.parse(body) as object), returnUrl: location.href } }),
    });
  }

  private relay(event: PortalEvent): void {
    if (!isRecord(event) || event.type !== "onWorkflowChange") return;
    const { integrationId, integrationType, workflowId, workflowStateChange } = event;
    this.emit("onWorkflowChange", { integrationId, integrationType, workflowId, workflowStateChange });
  }

  /** Opens the provider's window for a `connect` or `installIntegration`: they, or the portal, hear of its end. */
  startOAuth(
    type: string,
    install: InstallOptions,
    timeoutMs: number | undefined,
    values?: Record<string, unknown>,
  ): Promise<void> {
    this.setModal({ connectionError: undefined });
    const integration = this.session.integration(type);
    const done = this.authorize(integration, install, timeoutMs, values);
    const { attempt } = this;
    return done.then(
      (credential) => this.onCredential(integration, credential),
      (error: LinchpinError) => {
        if (!attempt?.dropped) this.onNotConnected(integration, error);
      },
    );
  }

  /**
   * Opens the provider's window; the account that the server stored. The window opens before this returns, or it throws.
   */
  authorize(
    integration: Integration,
    install: InstallOptions,
    timeoutMs: number | undefined,
    values: Record<string, unknown> | undefined,
  ): Promise<Credential> {
    const { type } = integration;
    this.dropAttempt(type);
    const oauth = startOAuth({
      session: this.session,
      baseUrl: this.baseUrl(),
      integration,
      install,
      timeoutMs,
      values,
      language: this.callbacks.get(type)?.language,
      windowName: (this.windowName ??= `linchpin-${randomKey()}`),
      onWindow: (state) => {
        if (this.attempt?.oauth !== oauth) return;
        this.attempt.windowClosed = state === "closed";
        this.publish();
      },
    });
    this.attempt = { type, oauth, windowClosed: false, dropped: false };
    this.publish();
    const ended = (): void => {
      if (this.attempt?.oauth === oauth) this.attempt = undefined;
    };
    return oauth.done.then(
      async (credentialId) => {
        ended();
        await this.session.refresh();
        return this.session.credential(type, credentialId);
      },
      (error: unknown) => {
        ended();
        throw asLinchpinError(error);
      },
    );
  }

  /** Closes the provider's window, if it is open for this integration. */
  drop(type: string, error: LinchpinError): void {
    const { attempt } = this;
    if (attempt?.type !== type) return;
    this.attempt = undefined;
    attempt.dropped = true;
    attempt.oauth.cancel(error);
  }

  /** There is one window: opening it again ends what it was open for. */
  private dropAttempt(nextType: string): void {
    if (!this.attempt) return;
    const { type } = this.attempt;
    const error = new LinchpinError("superseded", "the window was opened again");
    this.drop(type, error);
    if (type !== nextType && this.modal.integration?.type !== type) this.fail(type, error);
  }

  private onNotConnected(integration: Integration, error: LinchpinError): void {
    const { type } = integration;
    if (this.modal.integration?.type === type) {
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
    this.onCredential(integration, await this.store(integration, payload, credentialId, install));
  }

  /** Stores an account by the values of a form, or gives an account the values that it still lacks. */
  async store(
    integration: Integration,
    payload: SettingValues,
    credentialId: string | undefined,
    installOptions: InstallOptions,
  ): Promise<Credential> {
    const path =
      credentialId === undefined
        ? this.session.path("/sdk/credentials")
        : `${credentialPath(this.session, credentialId)}/complete-setup`;
    return this.accept(integration, path, { integrationId: integration.id, config: {}, payload, installOptions });
  }

  /** Sends what makes an account; the account, as the user's state has it then. */
  async accept(integration: Integration, path: string, body: unknown, call: CallOptions = {}): Promise<Credential> {
    const credential = await this.session.http.need<Credential>(path, { method: "POST", body, ...call });
    await this.session.refresh(call);
    return this.session.credential(integration.type, credential.id);
  }

  /** Tells that an account was connected. */
  announce(integration: Integration, credential: Credential): ConnectResult {
    const outcome = result(integration, credential);
    this.emit("onIntegrationInstall", outcome);
    return outcome;
  }

  private onCredential(integration: Integration, credential: Credential): void {
    const { type } = integration;
    const pending = this.pending.get(type);
    if (credential.status !== "VALID") {
      // Something is still missing, which the portal asks for.
      try {
        if (this.modal.integration?.type !== type) this.open(type, pending?.options ?? {}, true);
      } catch (error) {
        this.fail(type, asLinchpinError(error));
      }
      return;
    }
    this.settle(type, this.announce(integration, credential));
    if (this.modal.integration?.type === type) {
      this.setModal({ connectionError: undefined, shouldShowPortalAfterInstall: true });
    } else if (pending?.options.showPortalAfterInstall && !this.headless) {
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

  emit<E extends Exclude<LinchpinEvent, "onLogout" | "onUserChange">>(event: E, payload: LinchpinEvents[E]): void {
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
    if (callback) guarded(() => (callback as (...args: unknown[]) => void)(payload, this.session.user));
  }
}

function result(integration: Integration, credential: Credential): ConnectResult {
  return { ...identify(integration), credentialId: credential.id, credential };
}

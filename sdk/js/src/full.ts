/**
 * `@linchpin/connect/full`: the same `linchpin` as that of `@linchpin/connect`, with the calls that few pages need:
 * those for screens of your own instead of the Connect Portal, for several configurations, marketplaces and webhooks.
 */
import * as configurations from "./configurations.js";
import { type DataSources, PageSources } from "./data-sources.js";
import * as describe from "./describe.js";
import { LinchpinError } from "./errors.js";
import type { CallOptions } from "./http.js";
import { linchpin as core } from "./index.js";
import { InstallFlow } from "./install-flow.js";
import { accountTypes } from "./integration.js";
import type { Linchpin } from "./linchpin.js";
import type { AccountType, Configuration, Credential, DataSource, Input, Integration, SettingValues } from "./model.js";
import {
  type AccountOptions,
  type CompleteInstallOptions,
  type ConnectResult,
  type CreateConfigurationOptions,
  type DestroyConfigurationOptions,
  type EnvironmentOverrides,
  installOptions,
  type IntegrationAccountOptions,
  type StartOAuthFlowOptions,
  type UpdateConfigurationOptions,
  withScheme,
} from "./options.js";
import type { InstallOptions } from "./protocol.js";
import type { Session } from "./session.js";
import * as subscriptions from "./subscriptions.js";

/** A client with every call. */
export type FullLinchpin = Linchpin & FurtherCalls;

/**
 * The shared instance, with every call.
 *
 * @example
 * import { linchpin } from "@linchpin/connect/full";
 *
 * const stage = await linchpin.installFlow.start("hubspot");
 */
export const linchpin: FullLinchpin = /* @__PURE__ */ full(core);
export default linchpin;

/**
 * Gives an instance every call. Calling it twice is the same as once.
 *
 * @example
 * const other = full(new Linchpin({ baseUrl: "https://connect.acme.com" }));
 */
export function full(client: Linchpin): FullLinchpin {
  // The calls are on the instance itself, so that everybody who has it has them.
  return "installFlow" in client ? (client as FullLinchpin) : Object.assign(client, callsOf(client));
}

/** The calls that few pages need. */
export interface FurtherCalls {
  /** Connecting by forms of your own: says which one is next. */
  readonly installFlow: InstallFlow;

  /**
   * The call of the SDK that this one replaces; `configure` says the same by one address. A bare host name means
   * `https://zeus.<host>`, as it does there; an address with a scheme, or an override, is used as it is.
   *
   * @example
   * linchpin.configureGlobal({ host: "integrations.acme.com" });
   */
  configureGlobal(global: { host: string }, overrides?: EnvironmentOverrides): void;

  /** Says that the page draws its own screens: the portal is never shown, and what needs it fails with `input_needed`. */
  setHeadless(headless: boolean): void;

  /**
   * Gives lists and fields of your own to settings: the choices of `CUSTOM_DROPDOWN` inputs, your product's fields for
   * field mappings. Replaces what was given before.
   *
   * @example
   * linchpin.setDataSources({ dropdowns: { teams: [{ label: "Sales", value: "sales" }] } });
   */
  setDataSources(sources: DataSources): void;

  /**
   * Texts, settings and workflows of an integration.
   *
   * @example
   * for (const workflow of linchpin.getIntegrationConfig("hubspot").availableWorkflows) show(workflow.description);
   */
  getIntegrationConfig(type: string): describe.IntegrationConfig;

  /** The ways to connect, where an integration offers several. */
  getAccountTypeOptions(type: string): AccountType[];

  /** What is asked before the provider's window opens, or instead of it. */
  getPreOptions(type: string, accountTypeId?: string): Input[];

  /** What is asked after the provider's window closed. */
  getPostOptions(type: string): Input[];

  /** One of the lists that settings of an integration choose from. */
  getDataSourceOptions(type: string, key: string): Promise<DataSource | undefined>;

  /**
   * What a setting offers to choose from: give its sources to `getFieldOptions`. `null` for one that is typed in.
   *
   * @example
   * const sources = linchpin.getSourcesForInput("hubspot", input);
   * if (sources?.kind === "single") {
   *   const { data } = await linchpin.getFieldOptions({ integration: "hubspot", source: sources.source });
   * }
   */
  getSourcesForInput(type: string, input: describe.SourcedInput): describe.InputSources | null;

  /** What an input of a trigger offers to choose from. `null` for one that is typed in. */
  getSourcesForActionInput(input: describe.ActionInput): describe.InputSources | null;

  /** What workflows can begin with at the provider of a connected account. */
  getTriggers(
    type: string,
    options?: AccountOptions,
  ): Promise<{ triggers: Record<string, describe.TriggerDefinition[]>; errors?: { type: string; message: string }[] }>;

  /**
   * Has what happens in the user's account posted to your backend, signed, until `unsubscribeFromTrigger`.
   * The secret is in this answer alone: hand it to the backend that verifies the events.
   *
   * @example
   * const { id, secret } = await linchpin.subscribeToTrigger({
   *   trigger: "HUBSPOT_CONTACTS_CREATED",
   *   url: "https://agent.acme.com/events",
   * });
   */
  subscribeToTrigger(
    wish: subscriptions.TriggerSubscriptionWish,
    options?: AccountOptions,
  ): Promise<subscriptions.TriggerSubscription>;

  /** The user's subscriptions to triggers, oldest first, and whether their events arrive. */
  getTriggerSubscriptions(call?: CallOptions): Promise<subscriptions.TriggerSubscription[]>;

  /** Ends a subscription. What waits to be told is dropped. */
  unsubscribeFromTrigger(id: string, call?: CallOptions): Promise<void>;

  /**
   * Opens the provider's window with values that you asked the user for yourself. Call it in a click.
   * `installFlow` says what to ask for, and does the rest.
   */
  startOAuthFlow(
    type: string,
    install: InstallOptions & { endUserSuppliedValues?: SettingValues },
    options?: StartOAuthFlowOptions,
  ): Promise<ConnectResult>;

  /**
   * Stores an account by the code that the provider sent to a redirect page of your own, as marketplaces do.
   * Shows the portal afterwards unless you say otherwise.
   *
   * @example
   * const code = new URLSearchParams(location.search).get("code") ?? "";
   * await linchpin.completeInstall("hubspot", { authorizationCode: code, redirectUrl: "https://app.acme.com/connected" });
   */
  completeInstall(type: string, options: CompleteInstallOptions): Promise<void>;

  /**
   * Adds a configuration to an account: another set of settings and enabled workflows on the same sign-in.
   *
   * @example
   * const { id } = await linchpin.createConfiguration({ credentialId, externalId: "workspace-7" });
   */
  createConfiguration(options: CreateConfigurationOptions): Promise<Configuration>;

  /** Merges data of your own into a configuration; workflows do not see it. */
  updateConfiguration(options: UpdateConfigurationOptions): Promise<Configuration>;

  /** Removes a configuration. The default one stays as long as its account. */
  destroyConfiguration(options: DestroyConfigurationOptions): Promise<void>;

  /** Connects the user to a resource of the project, by its slug. */
  connectAction(slug: string, payload: Record<string, unknown>, call?: CallOptions): Promise<Credential>;

  /** The integration with what the provider says of the connected account. */
  getIntegrationAccount(type: string, options?: IntegrationAccountOptions): Promise<Integration>;

  /** The address that starts a workflow with a webhook of its own, for one account: to be shown to the user. */
  getCustomWebhookUserManualUrl(workflowId: string, credentialId?: string): Promise<string>;

  /** The id of an integration. */
  getIntegrationId(type: string): string;

  /** The address of a picture that belongs to the server. */
  getAssetUrl(name: string): string;
}

function callsOf(client: Linchpin): FurtherCalls {
  const { session, connector } = client;
  const sources = new PageSources();
  connector.sources = sources;
  const installFlow = new InstallFlow(session, connector);
  connector.onDispose = (error) => installFlow.end(error);
  const whenReady =
    <Options, Result>(call: (session: Session, options: Options) => Promise<Result>) =>
    async (options: Options): Promise<Result> => {
      await session.ready();
      return call(session, options);
    };
  return {
    installFlow,
    configureGlobal({ host }, overrides = {}) {
      const override = overrides.ZEUS_PUBLIC_URL ?? overrides.CONNECT_PUBLIC_URL ?? overrides.HERMES_PUBLIC_URL;
      if (override === undefined && !host) throw new TypeError("host not specified");
      client.configure({ baseUrl: override ?? (/^https?:\/\//i.test(host) ? host : `https://zeus.${host}`) });
    },
    setHeadless(on) {
      connector.headless = on;
    },
    setDataSources(given) {
      sources.set(given);
      connector.publish();
    },
    getIntegrationConfig: (type) => describe.integrationConfig(session.integration(type)),
    getAccountTypeOptions: (type) => accountTypes(session.integration(type)),
    getPreOptions: (type, accountTypeId) => describe.preOptions(session.integration(type), accountTypeId),
    getPostOptions: (type) => describe.postOptions(session.integration(type)),
    async getDataSourceOptions(type, key) {
      await session.ready();
      return session.integration(type).sdkIntegrationConfig?.dataSources?.[key];
    },
    getSourcesForInput: (type, input) => describe.sourcesForInput(session.integration(type), sources, input),
    getSourcesForActionInput: (input) => describe.sourcesForActionInput(input),
    async getTriggers(type, { selectedCredentialId, ...call } = {}) {
      await session.ready();
      const { id } = session.credential(type, selectedCredentialId);
      const answer = await session.http.json<Awaited<ReturnType<FurtherCalls["getTriggers"]>>>(
        session.path(`/triggers?integrations=${encodeURIComponent(type)}`),
        { ...call, headers: { "X-Paragon-Credential": id } },
      );
      return answer ?? { triggers: {} };
    },
    subscribeToTrigger: (wish, options = {}) => subscriptions.subscribe(session, wish, options),
    getTriggerSubscriptions: (call = {}) => subscriptions.list(session, call),
    unsubscribeFromTrigger: (id, call = {}) => subscriptions.unsubscribe(session, id, call),
    startOAuthFlow(type, { endUserSuppliedValues, ...install }, options = {}) {
      return connector.begin(type, { ...install, ...options }, () => {
        void connector.startOAuth(type, installOptions(install, true), options.oauthTimeout, endUserSuppliedValues);
      });
    },
    async completeInstall(type, options) {
      const { authorizationCode, redirectUrl, integrationOptions = {}, showPortalAfterInstall = true, ...call } = options;
      if (!authorizationCode) {
        throw new LinchpinError("invalid_options", "give the `code` that the provider sent as `authorizationCode`");
      }
      await session.ready();
      const integration = session.integration(type);
      const body = {
        code: authorizationCode,
        integrationId: integration.id,
        integrationOptions,
        ...(redirectUrl !== undefined && { redirectUrl: withScheme(redirectUrl) }),
      };
      const credential = await connector.accept(integration, session.path("/sdk/credentials"), body, call);
      if (credential.status === "VALID") connector.announce(integration, credential);
      if (showPortalAfterInstall && !connector.headless) connector.open(type, {}, false);
    },
    createConfiguration: whenReady(configurations.createConfiguration),
    updateConfiguration: whenReady(configurations.updateConfiguration),
    destroyConfiguration: whenReady(configurations.destroyConfiguration),
    async connectAction(slug, payload, call = {}) {
      const { resources } = await session.ready();
      const resource = resources.find((each) => each.slug === slug);
      if (!resource) {
        const known = resources.map((each) => each.slug).join(", ") || "none";
        throw new LinchpinError("resource_not_found", `this project has no resource "${slug}"; it has: ${known}`);
      }
      const path = session.path(`/sdk/resources/${encodeURIComponent(resource.id)}/connect`);
      const credential = await session.http.need<Credential>(path, { method: "POST", body: payload, ...call });
      await session.refresh(call);
      return credential;
    },
    async getIntegrationAccount(type, { includeAccountAuth = false, selectedCredentialId, ...call } = {}) {
      await session.ready();
      const { id } = session.credential(type, selectedCredentialId);
      const query = new URLSearchParams({ integration: type, includeAccountAuth: String(includeAccountAuth) });
      return session.http.need(session.path(`/sdk/credentials?${query}`), {
        ...call,
        headers: { "X-Paragon-Credential": id },
      });
    },
    async getCustomWebhookUserManualUrl(workflowId, credentialId) {
      const { resources } = await session.ready();
      const integration = session.integrationOfWorkflow(workflowId);
      const workflow = integration.workflows.find(({ id }) => id === workflowId);
      const webhook = workflow?.customWebhookTriggerId;
      if (!webhook) {
        throw new LinchpinError("workflow_not_found", `the workflow "${workflowId}" has no webhook of its own to begin with`);
      }
      const resource = resources.find(({ id }) => id === workflow.resourceId);
      const integrationId = resource?.integrationId ?? workflow.integrationId ?? integration.id;
      const account = resource?.credentialId ?? session.credential(integration.type, credentialId).id;
      return `${client.baseUrl()}/triggers/connect/${session.projectId}/${integrationId}/custom-triggers/${webhook}?id=${account}`;
    },
    getIntegrationId: (type) => session.integration(type).id,
    getAssetUrl: (name) => `${client.baseUrl()}/images/${encodeURIComponent(name)}.png`,
  };
}

export type { DataSources } from "./data-sources.js";
export type {
  ActionInput,
  DescribedWorkflow,
  InputSources,
  IntegrationConfig,
  SourcedInput,
  TriggerDefinition,
} from "./describe.js";
export type {
  AccountTypeStage,
  DoneStage,
  InstallFlow,
  InstallFlowOptions,
  InstallFlowStage,
  InstructionStage,
  OAuthStage,
  PostOptionsStage,
  PreOptionsStage,
} from "./install-flow.js";
export * from "./index.js";
export type { TriggerSubscription, TriggerSubscriptionWish } from "./subscriptions.js";
export type {
  CompleteInstallOptions,
  CreateConfigurationOptions,
  DestroyConfigurationOptions,
  EnvironmentOverrides,
  IntegrationAccountOptions,
  StartOAuthFlowOptions,
  UpdateConfigurationOptions,
} from "./options.js";

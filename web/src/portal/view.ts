/**
 * What the portal shows, computed from the page's last snapshot. Pure, and the place where foreign data is made safe:
 * beyond it, text is text and lists are lists.
 */
import type {
  AccountType,
  Configuration,
  Credential,
  Input,
  Integration,
  IntegrationState,
  SettingValues,
  WorkflowMeta,
} from "../../../sdk/js/src/model";
import { type InstallOptions, isRecord, type UiUpdate } from "../../../sdk/js/src/protocol";
import { type Around, type Field, isMissing, settingsFrom, string as text, toFields } from "./fields";
import { type LanguageTag, languageOf } from "./messages";

export interface Account {
  credentialId: string;
  configurationId: string | undefined;
  status: Credential["status"];
  /** In which way it was connected, as far as that is known: of accounts that need something. */
  way: string | undefined;
  label: string;
  /** Changes whenever the account was connected again. */
  stamp: string;
}

/** What the customer chose to look at, where the page did not say. */
export interface Choice {
  credentialId?: string;
  configurationId?: string;
}

/** What was not allowed yet, and what cannot work without. */
export interface MissingScopes {
  scopes: string[];
  workflows: string[];
}

export interface WorkflowView {
  id: string;
  name: string;
  line: string;
  enabled: boolean;
  fields: Field[];
  values: SettingValues;
  /** What the account must have been allowed. */
  scopes: string[];
}

/** One way to connect an account. */
export interface Way {
  /** Absent where a provider has one way only. */
  id: string | undefined;
  title: string;
  description: string;
  /** The account is connected on the provider's own page; without, by what is asked. */
  consents: boolean;
  /** What is asked first. */
  fields: Field[];
}

export interface View {
  type: string;
  integrationId: string;
  name: string;
  icon: string;
  description: string;
  overview: string;
  accent: string | undefined;
  theme: "light" | "dark" | "system";
  /** The ways to connect: one, or those to choose among. */
  ways: Way[];
  account: Account | undefined;
  /** All accounts that the user has connected here. */
  accounts: Account[];
  /** Another account may be added. */
  canAdd: boolean;
  /** The page shows one account alone, whatever others there are. */
  pinned: boolean;
  /** The configurations of the account, where it has several and the page does not show one alone. */
  configurations: { id: string; label: string; isDefault: boolean }[];
  missingScopes: MissingScopes | undefined;
  /** What is asked once the account is there, and before it is used. */
  asked: Field[];
  workflows: WorkflowView[];
  fields: Field[];
  values: SettingValues;
  /** Required settings of the whole integration that have no value yet. */
  missing: Field[];
  install: InstallOptions;
  connectionError: unknown;
  window: "open" | "closed" | undefined;
  tab: "overview" | "configuration" | undefined;
  language: LanguageTag;
  /** Says what the portal is made with. */
  branding: boolean;
  /** Shown to the developer, beside the form that changes it. */
  preview: boolean;
  /** The whole tab goes to the provider, instead of a window. */
  redirect: boolean;
  /** To be shown, rather than only there. */
  visible: boolean;
}

/** `undefined` where there is nothing to show. */
export function viewOf(snapshot: UiUpdate | undefined, choice: Choice = {}): View | undefined {
  const modal = snapshot?.nextModalState;
  const integration = modal?.integration;
  const user = snapshot?.nextContext.user;
  if (!modal || !isRecord(integration) || !isRecord(user) || user.authenticated !== true) return undefined;

  const type = nameOf(integration);
  const config = isRecord(modal.config) ? modal.config : {};
  const states = isRecord(user.integrations) ? user.integrations : {};
  const state = isRecord(states[type]) ? states[type] : undefined;
  const install: InstallOptions = isRecord(modal.apiInstallationOptions) ? modal.apiInstallationOptions : {};
  const adding = install.allowMultipleCredentials === true && modal.selectedCredentialId === undefined;
  const credential =
    adding && install.isApiInstallation && choice.credentialId === undefined
      ? // What was begun is finished first.
        credentialsOf(state).find(({ status }) => status === "PENDING")
      : (credentialOf(state, choice.credentialId) ?? chooseCredential(state, modal.selectedCredentialId));
  const configuration = chooseConfiguration(
    credential,
    state,
    choice.configurationId ?? install.selectedConfigurationId,
  );
  const inside = isRecord(integration.sdkIntegrationConfig) ? integration.sdkIntegrationConfig : {};
  const context = isRecord(snapshot.nextContext) ? snapshot.nextContext.endUserIntegrationConfig : undefined;
  const around: Around = {
    dataSources: inside.dataSources,
    mapObjectFields: isRecord(context) ? context.mapObjectFields : undefined,
  };
  const fields = toFields(list(isRecord(config.sharedMeta) ? config.sharedMeta.inputs : []), around);
  const values = settingsFrom(configuration?.sharedSettings);
  const ways = waysOf(integration, install, around);
  const asked = askedOf(credential, inside, around);
  const workflows = workflowsOf(integration, config.workflowMeta, configuration, around);
  const enabled = state?.enabled === true;
  const unfinished = credential?.status === "PENDING" && asked.length > 0 && !install.bypassPostOAuthPrompt;
  const hiddenInstall = install.isApiInstallation === true && !asks(ways) && !unfinished;
  const shownAfterInstall =
    modal.shouldShowPortalAfterInstall === true || (install.showPortalAfterInstall === true && enabled);

  return {
    type,
    integrationId: text(integration.id),
    name: text(integration.name) || type,
    icon: `/integrations/${encodeURIComponent(type)}.svg`,
    description: text(config.description),
    overview: text(config.overview),
    accent: colour(config.accentColor),
    theme: config.theme === "light" || config.theme === "dark" ? config.theme : "system",
    ways,
    account: credential && accountOf(credential, configuration),
    accounts: credentialsOf(state).map((each) => accountOf(each, undefined)),
    canAdd: install.allowMultipleCredentials === true,
    pinned: modal.selectedCredentialId !== undefined && install.allowMultipleCredentials !== true,
    configurations: install.selectedConfigurationId === undefined ? configurationsOf(credential) : [],
    missingScopes: missingScopes(credential, workflows, inside.scopes),
    asked,
    workflows,
    fields,
    values,
    missing: fields.filter((field) => isMissing(field, values[field.id])),
    install,
    connectionError: modal.connectionError,
    window: modal.oauthWindow === "open" || modal.oauthWindow === "closed" ? modal.oauthWindow : undefined,
    tab: modal.tabView === "overview" || modal.tabView === "configuration" ? modal.tabView : undefined,
    language: languageOf([modal.language, ...(typeof navigator === "undefined" ? [] : navigator.languages)]),
    branding: config.paragonLink === true,
    preview: modal.isPreviewMode === true,
    redirect: modal.redirect === true,
    visible: !hiddenInstall || shownAfterInstall,
  };
}

/** The known SDK calls every connector of the project's own `custom`, and knows them by their slug. */
function nameOf({ type, customIntegration }: Integration): string {
  return type === "custom" ? text(customIntegration?.slug) || "custom" : text(type);
}

function chooseCredential(
  state: IntegrationState | undefined,
  selected: string | undefined,
): Credential | undefined {
  return credentialOf(state, text(selected ?? state?.credentialId));
}

function credentialOf(state: IntegrationState | undefined, wanted = ""): Credential | undefined {
  if (wanted === "") return undefined;
  const bare = bareId(wanted);
  return credentialsOf(state).find(({ id, externalId }) => id === wanted || externalId === bare);
}

function credentialsOf(state: IntegrationState | undefined): Credential[] {
  return list<Credential>(state?.allCredentials).filter(
    (credential) => isRecord(credential) && typeof credential.id === "string",
  );
}

function configurationsOf(credential: Credential | undefined): View["configurations"] {
  const all = list<Configuration>(credential?.configurations).filter(
    (each) => isRecord(each) && typeof each.id === "string",
  );
  if (all.length < 2) return [];
  return all.map(({ id, externalId, isDefault }) => ({
    id,
    label: text(externalId),
    isDefault: isDefault === true,
  }));
}

/** What the workflows need, the app asks for, and this account was not asked for or refused. */
function missingScopes(
  credential: Credential | undefined,
  workflows: WorkflowView[],
  requested: unknown,
): MissingScopes | undefined {
  const granted = new Set(list<string>(credential?.scopes));
  // An imported account: nobody knows.
  if (granted.size === 0 || credential?.status !== "VALID" || !isRecord(requested)) return undefined;
  const lacks = (scope: string): boolean => Object.hasOwn(requested, scope) && !granted.has(scope);
  const concerned = workflows.filter(({ scopes }) => scopes.some(lacks));
  if (concerned.length === 0) return undefined;
  const names = [...new Set(concerned.flatMap(({ scopes }) => scopes.filter(lacks)))];
  return {
    scopes: names.map((name) => text(requested[name]) || name),
    workflows: concerned.map(({ name }) => name),
  };
}

function chooseConfiguration(
  credential: Credential | undefined,
  state: IntegrationState | undefined,
  selected: string | undefined,
): Configuration | undefined {
  const all = list<Configuration>(credential?.configurations).filter(isRecord);
  const wanted = text(selected ?? state?.credentialConfigId);
  return (
    all.find(({ id, externalId }) => wanted !== "" && (id === wanted || externalId === bareId(wanted))) ??
    all.find(({ isDefault }) => isDefault) ??
    all[0]
  );
}

/** Customers' own labels may be written `ext:<label>`. */
function bareId(id: string): string {
  return id.startsWith("ext:") ? id.slice(4) : id;
}

/** The names under which providers tell whose account it is. */
const NAME_KEYS = [
  "accountName",
  "account_name",
  "companyName",
  "name",
  "hub_domain",
  "hubDomain",
  "domain",
  "workspace",
];
const USER_KEYS = ["email", "user", "userName", "username"];

function accountOf(credential: Credential, configuration: Configuration | undefined): Account {
  const data: Record<string, unknown> = isRecord(credential.providerData) ? credential.providerData : {};
  const first = (keys: string[]): string =>
    keys.map((key) => text(data[key])).find((value) => value !== "") ?? "";
  const parts = [first(NAME_KEYS), first(USER_KEYS), text(credential.providerId)];
  const label = [...new Set(parts.filter((part) => part !== ""))].slice(0, 2).join(" · ");
  return {
    credentialId: text(credential.id),
    configurationId: configuration?.id,
    way: text(credential.accountType) || undefined,
    status: credential.status === "VALID" || credential.status === "PENDING" ? credential.status : "INVALID",
    stamp: JSON.stringify([credential.id, credential.status, credential.scopes, credential.dateUpdated]),
    // The connector's own words, where the server has them.
    label: text(data.label) || label || text(credential.externalId),
  };
}

function workflowsOf(
  integration: Integration,
  metas: unknown,
  configuration: Configuration | undefined,
  around: Around,
): WorkflowView[] {
  const refused = new Set(list<string>(integration.noPermissionWorkflows));
  const shown = list<Integration["workflows"][number]>(integration.workflows)
    .filter((workflow) => isRecord(workflow) && typeof workflow.id === "string")
    .map((workflow, index) => ({
      workflow,
      index,
      meta: isRecord(metas) ? (metas[workflow.id] as WorkflowMeta | undefined) : undefined,
    }))
    .filter(({ workflow, meta }) => isRecord(meta) && meta.hidden !== true && !refused.has(workflow.id));
  shown.sort((a, b) => rank(a.meta) - rank(b.meta) || a.index - b.index);
  return shown.map(({ workflow, meta }) => {
    const state = isRecord(configuration?.workflowSettings)
      ? configuration.workflowSettings[workflow.id]
      : undefined;
    const name = text(workflow.name) || text(workflow.description) || "Workflow";
    const lines = [text(meta?.description), text(workflow.description), text(meta?.infoText)];
    return {
      id: text(workflow.id),
      name,
      line: lines.find((line) => line !== "" && line !== name) ?? "",
      enabled: state?.enabled === true,
      fields: toFields(list(meta?.inputs), around),
      values: settingsFrom(state?.settings),
      scopes: list<unknown>(meta?.requiredScopes).filter((scope) => typeof scope === "string"),
    };
  });
}

function rank(meta: WorkflowMeta | undefined): number {
  return typeof meta?.order === "number" ? meta.order : Number.MAX_SAFE_INTEGER;
}

function credentialForm(integration: Integration, around: Around): Field[] | undefined {
  const oauth = integration.authenticationType === undefined || integration.authenticationType === "oauth";
  if (oauth && !integration.needPreOauthInputs) return undefined;
  const config = isRecord(integration.sdkIntegrationConfig) ? integration.sdkIntegrationConfig : {};
  const inputs = [
    ...list<Input>(config.authConfigInputs),
    ...list<Input>(integration.customIntegration?.inputFields),
  ];
  return toFields(inputs.length > 0 ? inputs : list<Input>(config.oauthInputs), around);
}

/** What an account still needs, which depends on the way it was connected in. */
function askedOf(
  credential: Credential | undefined,
  inside: Record<string, unknown>,
  around: Around,
): Field[] {
  const byWay = isRecord(inside.laterInputs) ? inside.laterInputs : {};
  const own = byWay[text(credential?.accountType) || "default"];
  return toFields(list(own ?? inside.postOauthInputs), around);
}

function waysOf(integration: Integration, install: InstallOptions, around: Around): Way[] {
  const types = list<AccountType>(integration.sdkIntegrationConfig?.accountTypes).filter(
    (each) => isRecord(each) && typeof each.id === "string",
  );
  if (types.length === 0) {
    const { authenticationType: scheme } = integration;
    const consents = scheme === undefined || scheme === "oauth";
    return [
      {
        id: undefined,
        title: "",
        description: "",
        consents,
        fields: credentialForm(integration, around) ?? [],
      },
    ];
  }
  const wanted = [install.accountType].flat();
  const offered = types.filter(({ id }) => wanted.includes(id));
  return (offered.length > 0 ? offered : types).map((type) => ({
    id: type.id,
    title: text(type.accountDescription) || type.id,
    description: text(type.description),
    consents: type.scheme === "oauth",
    fields: toFields(list(type.endUserSuppliedValues), around),
  }));
}

/** Whether anything is asked before an account can be connected: which way, or a form. */
export function asks(ways: Way[]): boolean {
  return ways.length !== 1 || ways.some(({ consents, fields }) => !consents || fields.length > 0);
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

function colour(value: unknown): string | undefined {
  return typeof value === "string" && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value) ? value : undefined;
}

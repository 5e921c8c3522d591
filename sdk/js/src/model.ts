/**
 * The shapes that the server sends, as far as a page or the portal reads them.
 * They are those of the client SDK contract, so that one server serves both SDKs.
 */

export type CredentialStatus = "PENDING" | "INVALID" | "VALID";

/** A value of a user setting. */
export type SettingValue = string | number | boolean | null | { [key: string]: unknown };
export type SettingValues = Record<string, SettingValue | undefined>;

/** Whether a workflow is on for one configuration, and its settings. */
export interface WorkflowState {
  enabled: boolean;
  settings: SettingValues;
}

/** Settings and enablements on a credential. */
export interface Configuration {
  id: string;
  connectCredentialId: string;
  isDefault: boolean;
  workflowSettings: Record<string, WorkflowState>;
  sharedSettings: SettingValues;
  configMeta?: Record<string, unknown>;
  externalId?: string;
  dateCreated: string;
}

/** One connected account of a user. */
export interface Credential {
  id: string;
  integrationId: string;
  status: CredentialStatus;
  configurations: Configuration[];
  externalId?: string;
  providerId?: string;
  providerData?: Record<string, string | number | boolean | null>;
  /** Why it is not valid. */
  statusReason?: string;
  /** The account type it was connected by, where it is not valid. */
  accountType?: string;
  /** What the customer allowed; empty where it is not known. */
  scopes?: string[];
  dateUpdated?: string;
}

/** What one user has of one integration. */
export interface IntegrationState {
  /** The current credential is valid. */
  enabled: boolean;
  allCredentials: Credential[];
  allConfigurations?: Configuration[];
  credentialId?: string;
  credentialConfigId?: string;
  credentialStatus?: CredentialStatus;
  providerId?: string;
  providerData?: Record<string, string | number | boolean | null>;
  sharedSettings?: SettingValues;
  workflowSettings?: Record<string, WorkflowState>;
  configMeta?: Record<string, unknown>;
  externalId?: string;
}

/** A field of a form in the portal. */
export interface Input {
  id: string;
  title: string;
  type: string;
  subtitle?: string;
  placeholder?: string;
  /** Absent means required. */
  required?: boolean;
  defaultValue?: SettingValue;
  documentationLink?: string;
  documentationLinkLabel?: string;
  hidden?: boolean;
  readOnly?: boolean;
  tooltip?: string;
  values?: unknown;
  options?: unknown;
  /** Key of one of the integration's data sources. */
  sourceType?: string;
  fallbackText?: string;
  /** For a list of the page's own: the name under which the page gives it. */
  key?: string;
  customDropdownOptions?: DropdownOption[];
  /** A list of the page's own that is loaded again each time it is opened. */
  refreshOnOpen?: boolean;
  savedFieldMappings?: { label: string }[];
  useDynamicMapper?: boolean;
  /** For a field mapping: the name under which the page gives its own fields. */
  dynamicObjectName?: string;
  dynamicObjectOptions?: unknown;
  /** Of a permission picker. */
  requiredScopes?: unknown;
  scopes?: unknown;
}

/** An entry of a list that the page gives. */
export interface DropdownOption {
  label: string;
  value: string;
}

/** A list that a setting offers to choose from. Which fields are there depends on `type`. */
export interface DataSource {
  type: string;
  title?: string;
  /** Of a list in the user's account: the `action` of `getFieldOptions`. */
  cacheKey?: string;
  /** Inputs that the list depends on. */
  refreshDependencies?: string[];
  supportPagination?: boolean;
  id?: string;
  /** Of a fixed list. */
  values?: DropdownOption[];
  recordSource?: DataSource;
  fieldSource?: DataSource;
  mainInputSource?: DataSource;
  dependentInputSource?: DataSource;
  dependentFieldInputSource?: DataSource;
  variableInputSource?: DataSource;
  /** Of fields that the page gives: which of its loaders is meant. */
  dynamicFieldMappingKey?: string;
  dynamicFieldMappingType?: "objectTypes" | "integrationFields";
}

/** A way to connect, where an integration offers several. */
export interface AccountType {
  id: string;
  /** `oauth`, `basic`, … */
  scheme: string;
  accountDescription?: string;
  /** One line on when to choose it. */
  description?: string;
  oauthParameters?: KeyedSource[];
  /** Asked before the provider's window opens, or instead of it. */
  endUserSuppliedValues?: Input[];
  skipPostOAuthInputs?: boolean;
}

export interface KeyedSource {
  key: string;
  source: { type: string; value?: unknown };
}

/** Something of the project's own that users connect to, besides integrations. */
export interface Resource {
  id: string;
  slug: string;
  credentialId?: string;
  credentialStatus?: CredentialStatus;
  integrationId?: string;
}

/** How a workflow is shown in the portal. */
export interface WorkflowMeta {
  id: string;
  inputs: Input[];
  description?: string;
  infoText?: string;
  defaultEnabled?: boolean;
  hidden?: boolean;
  order?: number;
  permissions?: unknown;
  /** What the account must have allowed. */
  requiredScopes?: string[];
}

/** How an integration is shown in the portal. */
export interface PortalConfig {
  accentColor?: string;
  description?: string;
  overview?: string;
  theme?: "light" | "dark" | "system";
  paragonLink?: boolean;
  branding?: boolean;
  workflowMeta?: Record<string, WorkflowMeta>;
  sharedMeta?: { inputs?: Input[] };
}

export interface Workflow {
  id: string;
  description: string;
  name?: string;
  integrationId?: string;
  customWebhookTriggerId?: string;
  resourceId?: string;
}

/** An integration of the project, as the portal and the page need it. */
export interface Integration {
  id: string;
  type: string;
  isActive: boolean;
  name: string;
  brandColor?: string;
  configs: { id: string; integrationId?: string; values: PortalConfig }[];
  workflows: Workflow[];
  authenticationType?: string;
  hasCredential?: boolean;
  /** What the provider says of the account; only in the answer of `getIntegrationAccount`. */
  providerId?: string;
  providerData?: Record<string, unknown>;
  accountAuth?: Record<string, string>;
  needPreOauthInputs?: boolean;
  sdkIntegrationConfig?: {
    accountTypes?: AccountType[];
    oauthInputs?: Input[];
    authConfigInputs?: Input[];
    postOauthInputs?: Input[];
    /** Asked once the account is there, by the way it was connected in; also after a form. */
    laterInputs?: Record<string, Input[]>;
    dataSources?: Record<string, DataSource | undefined>;
    authSchemeOptions?: { packageInstallUrl?: string };
    /** What the app asks the customer to allow, in words. */
    scopes?: Record<string, string>;
  } | null;
  customIntegration?: { slug?: string; name?: string; inputFields?: Input[] };
  noPermissionWorkflows?: string[];
}

export interface Project {
  id: string;
  billingPlan?: string;
  accessibleFeatures?: string[];
}

export interface AuthenticatedUser {
  authenticated: true;
  userId: string;
  integrations: Record<string, IntegrationState>;
  meta: Record<string, unknown>;
  resources: Resource[];
}

export interface AnonymousUser {
  authenticated: false;
}

/** The state of the connected user. It never holds the token. */
export type User = AuthenticatedUser | AnonymousUser;

/** The answer of `GET …/sdk/me`. */
export interface MeResponse {
  userId?: string;
  integrations: Record<string, IntegrationState>;
  meta?: Record<string, unknown>;
  resources?: Resource[];
  project: Project;
}

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
  sourceType?: string;
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
  needPreOauthInputs?: boolean;
  sdkIntegrationConfig?: {
    accountTypes?: unknown[];
    oauthInputs?: Input[];
    authConfigInputs?: Input[];
    postOauthInputs?: Input[];
    dataSources?: Record<string, { type: string; values?: unknown } | undefined>;
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
  resources: unknown[];
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
  resources?: unknown[];
  project: Project;
}

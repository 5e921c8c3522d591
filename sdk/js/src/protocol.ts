/**
 * The messages between the page and the Connect Portal's frame: the one definition for both sides.
 *
 * The shapes are those of the client SDK contract, so that the portal serves the known SDK too. What only this
 * package sends is optional: the portal must work without it.
 */
import type { FieldOptions, FieldOptionsQuestion } from "./field-options.js";
import type {
  AccountType,
  AnonymousUser,
  AuthenticatedUser,
  DropdownOption,
  Integration,
  PortalConfig,
  Project,
  SettingValues,
} from "./model.js";

/** Raised when the two sides can no longer understand each other. */
export const PROTOCOL_VERSION = 1;

/** Which credential and configuration a call is about; a credential by id, external id, or `ext:<external id>`. */
export interface CredentialSelection {
  selectedCredentialId?: string;
  selectedConfigurationId?: string;
}

/** Options of an installation that travel to the server. */
export interface InstallOptions extends CredentialSelection {
  isApiInstallation?: boolean;
  showPortalAfterInstall?: boolean;
  bypassPostOAuthPrompt?: boolean;
  allowMultipleCredentials?: boolean;
  accountType?: string | string[];
  externalId?: string;
  overrideRedirectUrl?: string;
}

/** A page of a list that the page gives. */
export interface OptionsPage {
  options: DropdownOption[];
  /** `null` on the last page. */
  nextPageCursor: string | null;
}

/** The page's own fields for a field mapping, as far as they can travel. */
export type ObjectFields =
  | DropdownOption[]
  | {
      fields?: DropdownOption[];
      defaultFields?: string[];
      userCanRemoveMappings?: boolean;
      userCanCreateFields?: boolean;
      /** The page has loaders for the objects and fields: `_fetchBYOFieldMappingOptions`. */
      useBYOFieldMappingOption?: boolean;
    };

/** Page → portal: everything the portal shows. Complete each time, so the portal is a function of the last one. */
export interface UiUpdate {
  messageType: "UI_UPDATE";
  protocolVersion?: number;
  nextContext: {
    user: AnonymousUser | (AuthenticatedUser & { token?: string });
    projectId?: string;
    project?: Project;
    endUserIntegrationConfig?: { mapObjectFields?: Record<string, ObjectFields>; overrideRedirectUrl?: string };
  };
  nextModalState: ModalState;
}

/** What the portal shows. `integration: null` means nothing. */
export interface ModalState {
  integration: Integration | null;
  config?: PortalConfig;
  overlayStyle?: unknown;
  apiInstallationOptions?: InstallOptions & {
    /** The account types that the page leaves to choose from, where it says. */
    selectedMultipleAccountTypes?: string[];
    /** The account type that the page chose. */
    selectedAccountConfig?: AccountType;
  };
  selectedCredentialId?: string;
  shouldShowPortalAfterInstall?: boolean;
  connectionError?: ConnectionError;
  tabView?: "overview" | "configuration";
  /** Only from this package: what is known of the provider's window. */
  oauthWindow?: "open" | "closed";
  /** Only from this package: the language that the portal speaks, for instance `de`. */
  language?: string;
  /** Only from this package: the whole tab goes to the provider and comes back, instead of a window. */
  redirect?: boolean;
  /** Shown to the developer, beside the form that changes it. */
  isPreviewMode?: boolean;
}

/** Why connecting failed, from the popup, from this package, or from the server. */
export interface ConnectionError {
  type?: string;
  code?: string;
  message?: string;
  error?: unknown;
  errorResponse?: unknown;
  integrationId?: string;
}

/** Portal → page: call a method of the page's SDK. */
export interface Invocation<M extends PortalMethod = PortalMethod> {
  messageType: "SDK_FUNCTION_INVOCATION";
  type: M;
  parameters: Parameters<PortalMethods[M]>;
  id: string;
}

/** Page → portal: the outcome of an invocation. */
export type InvocationReply =
  | { messageType: "SDK_FUNCTION_RESPONSE"; id: string; type: string; result?: unknown }
  | { messageType: "SDK_FUNCTION_ERROR"; error: true; id: string; message: string; code?: string };

/** An event that the portal asks the page to emit. */
export interface PortalEvent {
  type: "onWorkflowChange";
  integrationId: string;
  integrationType: string;
  workflowId: string;
  workflowStateChange: { enabled?: boolean };
}

/** The methods that the portal calls. The page answers no other. */
export interface PortalMethods {
  getFieldOptions(question: FieldOptionsQuestion): Promise<FieldOptions>;
  /** A page of a list that the page loads itself. */
  _loadCustomDropdownOptions(key: string, cursor?: string, search?: string): Promise<OptionsPage>;
  /** A page of objects, or of the fields of one, that the page loads itself for a field mapping. */
  _fetchBYOFieldMappingOptions(
    type: string,
    mappingType: "objectTypes" | "integrationFields",
    key: string,
    params?: { objectType?: string; cursor?: string; search?: string },
  ): Promise<OptionsPage>;
  /** An authorised call of the server, below the project's address: `GET /sdk/activity`, `POST /sdk/connect-links`. */
  sendConnectRequest(path: string, init?: { method?: "GET" | "POST"; body?: string }): Promise<unknown>;
  updateContainerStyle(style: { isModalShown: boolean }): void;
  onOpen(): void;
  onClose(forceClose?: boolean): void;
  /** Only to forget the last error before another attempt. */
  setModalState(change: Pick<ModalState, "connectionError">): void;
  startOAuthFlow(type: string, options: InstallOptions & { endUserSuppliedValues?: Record<string, unknown> }): void;
  _oauthCallback(
    response: { integrationId: string; payload: SettingValues },
    credentialId?: string,
    options?: { installOptions?: InstallOptions },
  ): unknown;
  triggerSDKEvent(event: PortalEvent): void;
  enableWorkflow(workflowId: string, selection?: CredentialSelection): unknown;
  disableWorkflow(workflowId: string, selection?: CredentialSelection): unknown;
  uninstallIntegration(type: string, selection?: CredentialSelection): unknown;
  updateIntegrationUserSettings(
    type: string,
    update: SettingValues,
    selection?: CredentialSelection,
  ): Promise<{ errors?: string[] }>;
  updateWorkflowUserSettings(
    type: string,
    workflowId: string,
    update: SettingValues,
    selection?: CredentialSelection,
  ): Promise<{ errors?: string[] }>;
}

export type PortalMethod = keyof PortalMethods;

/** The popup's pages → the page. */
export type PopupMessage =
  | { type: "oauth-nonce-loaded" }
  | { type: "oauth_success_callback"; credential: { integrationId: string; payload: SettingValues } }
  | { type: "oauth_error_callback"; error?: unknown; errorResponse?: unknown; integrationId?: string };

/** Every message is foreign until proven: is it an object at all? */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

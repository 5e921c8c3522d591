/**
 * `@linchpin/connect`: let your users connect their accounts, and send your App Events.
 * Importing this does nothing; the first call does.
 */
import { Linchpin } from "./linchpin.js";

/**
 * The shared instance.
 *
 * @example
 * import { linchpin } from "@linchpin/connect";
 *
 * linchpin.configure({ baseUrl: "https://connect.acme.com" });
 * await linchpin.authenticate(projectId, userToken);
 * await linchpin.connect("hubspot");
 */
export const linchpin: Linchpin = /* @__PURE__ */ new Linchpin();
export default linchpin;

export { LinchpinError, type LinchpinErrorCode, type LinchpinErrorDetails } from "./errors.js";
export type { IntegrationEvent, LinchpinEvent, LinchpinEvents, Listener } from "./events.js";
export type { FieldOption, FieldOptions, FieldOptionsQuestion, NestedInput } from "./field-options.js";
export type { CallOptions } from "./http.js";
export { Linchpin } from "./linchpin.js";
export type {
  AccountType,
  AnonymousUser,
  AuthenticatedUser,
  Configuration as CredentialConfiguration,
  Credential,
  CredentialStatus,
  DataSource,
  DropdownOption,
  Input,
  Integration,
  IntegrationState,
  KeyedSource,
  PortalConfig,
  Project,
  Resource,
  SettingValue,
  SettingValues,
  User,
  Workflow,
  WorkflowMeta,
  WorkflowState,
} from "./model.js";
export type {
  AccountOptions,
  AuthenticateOptions,
  Configuration,
  ConnectCallbacks,
  ConnectOptions,
  ConnectResult,
  EventOptions,
  IntegrationMetadata,
  ProxyRequestOptions,
  SelectionOptions,
  WorkflowOptions,
} from "./options.js";
export type { CredentialSelection, InstallOptions, ObjectFields, OptionsPage } from "./protocol.js";
export type { DropdownLoader, LoadOptions, ObjectFieldLoaders, PageLists } from "./sources.js";
export type { GetToken, TokenSource } from "./token.js";

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

export { LinchpinError, type LinchpinErrorCode } from "./errors.js";
export type { LinchpinEvent, LinchpinEvents, Listener } from "./events.js";
export type { FieldOption, FieldOptions, FieldOptionsQuestion } from "./field-options.js";
export { Linchpin } from "./linchpin.js";
export type {
  AnonymousUser,
  AuthenticatedUser,
  Configuration as CredentialConfiguration,
  Credential,
  CredentialStatus,
  IntegrationState,
  SettingValue,
  SettingValues,
  User,
  WorkflowState,
} from "./model.js";
export type {
  AuthenticateOptions,
  Configuration,
  ConnectCallbacks,
  ConnectOptions,
  ConnectResult,
  EnvironmentOverrides,
  EventOptions,
  IntegrationMetadata,
  ProxyRequestOptions,
  WorkflowOptions,
} from "./options.js";
export type { CredentialSelection, InstallOptions } from "./protocol.js";
export type { TokenSource } from "./token.js";

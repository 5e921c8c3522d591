/** What the server would refuse, before a window opens for nothing. */
import { LinchpinError } from "./errors.js";
import type { InstallOptions } from "./protocol.js";
import type { Session } from "./session.js";

/** An account's label is the user's only one, and belongs to new accounts. */
export function checkLabels(session: Session, type: string, options: InstallOptions): void {
  const { externalId, selectedCredentialId } = options;
  if (externalId === undefined) return;
  if (selectedCredentialId !== undefined) {
    throw new LinchpinError(
      "invalid_options",
      "`externalId` names a new account, `selectedCredentialId` an old one; give one of them",
    );
  }
  if (session.state(type)?.allCredentials.some((credential) => credential.externalId === externalId)) {
    throw new LinchpinError(
      "external_id_taken",
      `another "${type}" account has the externalId "${externalId}"; to sign in again, give it as selectedCredentialId`,
    );
  }
}

/** A further account, or a new sign-in, has to be asked for. */
export function checkNotInstalled(session: Session, type: string, options: InstallOptions): void {
  if (session.state(type)?.enabled && !options.allowMultipleCredentials && !options.selectedCredentialId) {
    throw new LinchpinError(
      "already_installed",
      `"${type}" is already connected; say allowMultipleCredentials for another account`,
    );
  }
}

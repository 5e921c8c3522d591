/** Several configurations on one account: each with its own settings and enabled workflows. */
import { credentialPath } from "./accounts.js";
import { LinchpinError } from "./errors.js";
import type { CallOptions } from "./http.js";
import type { Configuration, Credential } from "./model.js";
import type {
  CreateConfigurationOptions,
  DestroyConfigurationOptions,
  UpdateConfigurationOptions,
} from "./options.js";
import { type Session, select } from "./session.js";

/** Adds a configuration; it is the newest one of the account. */
export async function createConfiguration(
  session: Session,
  { credentialId, externalId, ...call }: CreateConfigurationOptions,
): Promise<Configuration> {
  if (externalId !== undefined && externalId.trim() === "") {
    throw new LinchpinError("invalid_options", "`externalId` is empty; leave it out, or give a name");
  }
  const body = externalId === undefined ? {} : { externalId };
  const answer = await configurations(session, credentialId, { method: "POST", body, ...call });
  const [newest] = answer.sort((a, b) => b.dateCreated.localeCompare(a.dateCreated));
  if (!newest) throw new LinchpinError("http_error", "the server's answer has no configuration");
  return newest;
}

/** Merges data of the page's into a configuration. */
export async function updateConfiguration(
  session: Session,
  { id, credentialId, meta, ...call }: UpdateConfigurationOptions,
): Promise<Configuration> {
  const answer = await configurations(session, credentialId, {
    method: "PATCH",
    body: { meta },
    headers: { "X-Paragon-Configuration-Id": id },
    ...call,
  });
  const bare = id.startsWith("ext:") ? id.slice(4) : id;
  const updated = answer.find((each) => each.id === id) ?? answer.find((each) => each.externalId === bare);
  if (!updated) throw new LinchpinError("configuration_not_found", `the account has no configuration "${id}"`);
  return updated;
}

export async function destroyConfiguration(
  session: Session,
  { id, credentialId, ...call }: DestroyConfigurationOptions,
): Promise<void> {
  await configurations(session, credentialId, {
    method: "DELETE",
    headers: { "X-Paragon-Configuration-Id": id },
    ...call,
  });
}

/** The account's configurations, as the server answered; the user's state follows. */
async function configurations(
  session: Session,
  selected: string,
  request: CallOptions & { method: string; body?: unknown; headers?: Record<string, string> },
): Promise<Configuration[]> {
  const { id } = anyCredential(session, selected);
  const answer = await session.http.json<Credential>(`${credentialPath(session, id)}/configurations`, {
    ...request,
    headers: { ...request.headers, "X-Paragon-Credential": id },
  });
  await session.refresh({ signal: request.signal, timeoutMs: request.timeoutMs });
  return [...(answer?.configurations ?? [])];
}

/** A credential of whatever integration. */
function anyCredential(session: Session, selected: string): Credential {
  const all = Object.values(session.requireUser().integrations).flatMap(({ allCredentials }) => allCredentials);
  const credential = select(all, selected);
  if (!credential) throw new LinchpinError("credential_not_found", `the user has no account "${selected}"`);
  return credential;
}

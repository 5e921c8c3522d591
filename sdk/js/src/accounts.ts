/** Calls on an account that is connected: its workflows and settings. */
import type { SettingValues } from "./model.js";
import type { SelectionOptions } from "./options.js";
import type { Session } from "./session.js";

export async function switchWorkflow(
  session: Session,
  workflowId: string,
  enabled: boolean,
  { signal, timeoutMs, ...selection }: SelectionOptions = {},
): Promise<void> {
  const { type } = session.integrationOfWorkflow(workflowId);
  await session.http.json(session.path(`/sdk/workflows/${encodeURIComponent(workflowId)}`), {
    method: enabled ? "POST" : "DELETE",
    headers: session.selectionHeaders(type, selection),
    signal,
    timeoutMs,
  });
  await session.refresh({ signal, timeoutMs });
}

/** Saves settings of the integration, or of one workflow. Returns what did not validate. */
export async function updateSettings(
  session: Session,
  type: string,
  workflowId: string | undefined,
  update: SettingValues,
  { signal, timeoutMs, ...selection }: SelectionOptions = {},
): Promise<string[]> {
  const credential = session.credential(type, selection.selectedCredentialId);
  const configuration = session.configuration(credential, selection.selectedConfigurationId);
  const all = configuration.workflowSettings ?? {};
  // The server takes the whole map, so that a setting can be removed.
  const config =
    workflowId === undefined
      ? { sharedSettings: { ...configuration.sharedSettings, ...update } }
      : {
          workflowSettings: {
            ...all,
            [workflowId]: {
              enabled: all[workflowId]?.enabled ?? false,
              settings: { ...all[workflowId]?.settings, ...update },
            },
          },
        };
  const answer = await session.http.json<{ errors?: string[] }>(credentialPath(session, credential.id), {
    method: "PATCH",
    body: { config },
    headers: session.selectionHeaders(type, { ...selection, selectedConfigurationId: configuration.id }),
    signal,
    timeoutMs,
  });
  await session.refresh({ signal, timeoutMs });
  return answer?.errors ?? [];
}

export function credentialPath(session: Session, id: string): string {
  return session.path(`/sdk/credentials/${encodeURIComponent(id)}`);
}

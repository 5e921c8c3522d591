/** What a setting offers to choose from in the user's own account: owners, pipelines, properties. */
import type { Session } from "./session.js";

export interface FieldOptionsQuestion {
  /** The integration's type. */
  integration: string;
  /** Key of one of the integration's data sources. */
  action: string;
  search?: string;
  /** `nextPageCursor` of the page before. */
  cursor?: string | number | false | null;
  /** What was chosen before, where the list depends on it. */
  parameters?: { key: string; source: { type: string; value: unknown } }[];
  selectedCredentialId?: string;
}

export interface FieldOption {
  value: string;
  label: string;
  subtitle?: string;
}

export interface FieldOptions {
  data: FieldOption[];
  nextPageCursor: string | null;
}

export async function readFieldOptions(session: Session, question: FieldOptionsQuestion): Promise<FieldOptions> {
  const { integration, action, search, cursor, parameters = [], selectedCredentialId } = question;
  const answer = await session.http.json<{ output?: { records?: FieldOption[]; nextPageCursor?: string | null } }>(
    session.path("/sdk/actions"),
    {
      method: "POST",
      headers: session.selectionHeaders(integration, selectedCredentialId === undefined ? {} : { selectedCredentialId }),
      body: {
        action: integration,
        sourceKey: action,
        parameters,
        paginationParameters: { pageCursor: cursor || 0, ...(search ? { search } : {}) },
      },
    },
  );
  return { data: answer?.output?.records ?? [], nextPageCursor: answer?.output?.nextPageCursor ?? null };
}

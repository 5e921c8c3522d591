/** What a setting offers to choose from in the user's own account: owners, pipelines, properties. */
import { LinchpinError } from "./errors.js";
import type { CallOptions } from "./http.js";
import type { DataSource, KeyedSource } from "./model.js";
import type { Session } from "./session.js";
import type { Sources } from "./sources.js";

export interface FieldOptionsQuestion extends CallOptions {
  /** The integration's type. */
  integration: string;
  /** Key of one of the integration's data sources. */
  action?: string;
  /** Instead of `action`: a source that `getSourcesForInput` gave. */
  source?: Pick<DataSource, "cacheKey" | "dynamicFieldMappingKey" | "dynamicFieldMappingType">;
  search?: string;
  /** `nextPageCursor` of the page before. */
  cursor?: string | number | false | null;
  /** What was chosen before, where the list depends on it. */
  parameters?: KeyedSource[];
  selectedCredentialId?: string;
}

export interface FieldOption {
  value: string;
  label: string;
  subtitle?: string;
}

/** A page of what a setting offers. */
export interface FieldOptions {
  data: FieldOption[];
  /** Further inputs, where the source gives inputs instead of options. */
  nestedData: NestedInput[];
  /** `null` on the last page. */
  nextPageCursor: string | null;
}

/** An input that a source gives. */
export interface NestedInput {
  id: string;
  title: string;
  required?: boolean;
  type: "multi" | "string" | "dropdown" | "multiCheckbox" | "number";
  items?: FieldOption[];
  [key: string]: unknown;
}

type Output = unknown[] | { records?: unknown[]; nextPageCursor?: string | null };

export async function readFieldOptions(
  session: Session,
  sources: Sources,
  question: FieldOptionsQuestion,
): Promise<FieldOptions> {
  const own = sources.options(question);
  if (own) return own;
  const { integration, source, search, cursor, parameters = [], selectedCredentialId, signal, timeoutMs } = question;
  const key = question.action ?? source?.cacheKey;
  if (!key) {
    throw new LinchpinError("invalid_options", "say which list: give `action`, or a `source` with a `cacheKey`");
  }
  const answer = await session.http.json<{ output?: Output }>(session.path("/sdk/actions"), {
    method: "POST",
    signal,
    timeoutMs,
    headers: session.selectionHeaders(integration, selectedCredentialId === undefined ? {} : { selectedCredentialId }),
    body: {
      action: integration,
      sourceKey: key,
      parameters,
      paginationParameters: { pageCursor: cursor || 0, ...(search ? { search } : {}) },
    },
  });
  const output = answer?.output ?? [];
  const { records = [], nextPageCursor } = Array.isArray(output) ? { records: output } : output;
  const [first] = records;
  const nested = typeof first === "object" && first !== null && "id" in first;
  return {
    data: nested ? [] : (records as FieldOption[]),
    nestedData: nested ? (records as NestedInput[]) : [],
    nextPageCursor: nextPageCursor || null,
  };
}

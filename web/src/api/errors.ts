/** The shape of every refusal. */
import type { Definition, Problem } from "./definition.ts";

export interface ErrorBody {
  message: string;
  code: string;
  status: number;
  meta?: {
    requestId?: string;
    fields?: Record<string, string>;
    draftRevision?: number;
    definition?: Definition;
    problems?: Problem[];
  };
}

/** The shape of every refusal. */
import type { Definition, Problem } from "./definition.ts";

/** A mistake in a text; line and column from 1. */
export interface TextProblem {
  line: number;
  column: number;
  field: string;
  message: string;
}

export interface ErrorBody {
  message: string;
  code: string;
  status: number;
  meta?: {
    requestId?: string;
    fields?: Record<string, string>;
    draftRevision?: number;
    definition?: Definition;
    /** Of a workflow by step and pointer; of a text by line and column. */
    problems?: (Problem | TextProblem)[];
    /** Names that a project file needs values for. */
    missing?: string[];
  };
}

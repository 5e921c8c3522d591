import type { Step } from "../../api/definition.ts";
import type { StepFields } from "../model/operations.ts";
import type { VariableSource } from "../model/variables.ts";

/** What the form of every kind of step gets. */
export interface FormProps {
  step: Step;
  sources: VariableSource[];
  /** The problem at a place within the step, for example `delay/amount`. */
  problemAt: (place: string) => string | undefined;
  /** `at` names what is typed into; null for a choice, which is a step back of its own. */
  set: (fields: StepFields, at: string | null) => void;
}

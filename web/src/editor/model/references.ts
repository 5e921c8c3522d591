/** Renames what expressions of steps refer to. A Function's code is JavaScript and is left alone. */
import type { Step } from "../../api/definition.ts";
import type { Json } from "../../api/json.ts";
import { changeAll } from "./steps.ts";
import { type Renaming, renameReferences } from "./template.ts";

export function renameInSteps(steps: readonly Step[], renaming: Renaming): Step[] {
  return changeAll(steps, (step) => renameInStep(step, renaming));
}

/** In the step's own fields, not in those of the steps inside it. */
export function renameInStep(step: Step, renaming: Renaming): Step {
  const {
    key,
    title,
    action,
    connector,
    onError,
    retry,
    then,
    else: otherwise,
    steps,
    as,
    concurrency,
    ...rest
  } = step;
  const { function: code, ...fields } = rest;
  // What is renamed keeps its shape: only texts change.
  const renamed = renameReferences(fields as unknown as Json, renaming) as unknown as typeof fields;
  const parameters = code && renameReferences(code.parameters, renaming);
  if (
    JSON.stringify(renamed) === JSON.stringify(fields) &&
    JSON.stringify(parameters) === JSON.stringify(code?.parameters)
  ) {
    return step;
  }
  return {
    ...step,
    ...renamed,
    ...(code && { function: { ...code, parameters: parameters as typeof code.parameters } }),
  };
}

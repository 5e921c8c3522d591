/** What later steps read of a step: an example of its output. */
import type { ConnectorAction } from "../../api/connectors.ts";
import type { Step } from "../../api/definition.ts";
import type { Json, JsonObject } from "../../api/json.ts";
import { stepsText } from "../../texts/steps.ts";
import { kindOf } from "./kinds.ts";

/** Samples of outputs, by action, where the connector has them. */
export type OutputExamples = Readonly<Record<string, Json>>;

export function outputExamples(actions: readonly ConnectorAction[]): OutputExamples {
  const known = actions.flatMap(({ name, example }) =>
    example === undefined ? [] : [[name, example] as const],
  );
  return Object.fromEntries(known);
}

export function outputOf(step: Step, examples: OutputExamples): Json {
  const example = kindOf(step) === "action" && step.action !== null ? examples[step.action] : undefined;
  const output = example ?? answerOf(step);
  // What is no object has no place for an error beside its fields.
  if (step.onError !== "continue" || !isObject(output)) return output;
  return { ...output, error: { code: "unreachable", message: stepsText.output.exampleFault } };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function emptyOutput(step: Step): string {
  const kind = kindOf(step);
  if (kind === "delay" || kind === "response") return stepsText.output.none;
  return stepsText.output.notChosen;
}

function answerOf(step: Step): JsonObject {
  switch (kindOf(step)) {
    case "request": {
      const response = { statusCode: 200, headers: { "content-type": "application/json" }, body: {} };
      return step.request?.paginate ? { output: [], response } : { response };
    }
    case "function":
      return { result: {} };
    case "if":
      return { selectedChoice: "Yes" };
    case "forEach":
      return { count: 3, succeeded: 2, failed: 1, errors: [{ code: "invalid", message: "…" }] };
    case "delay":
    case "response":
      return {};
    case "action":
      return recordOf(step.action);
  }
}

/** What a provider's record looks like once a step has written or read one. */
function recordOf(action: string | null): JsonObject {
  if (action === null) return {};
  const verb = action.split(".")[1] ?? "";
  const record = {
    id: "101",
    properties: {},
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
  };
  return verb === "search" || verb === "list" ? { results: [record], total: 1 } : record;
}

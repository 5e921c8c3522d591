/** What later steps read of a step: an example of its output. */
import type { Step } from "../../api/definition.ts";
import type { JsonObject } from "../../api/json.ts";
import { kindOf } from "./kinds.ts";

export function outputOf(step: Step): JsonObject {
  const output = answerOf(step);
  if (step.onError !== "continue") return output;
  return { ...output, error: { code: "unreachable", message: "no answer" } };
}

export function emptyOutput(step: Step): string {
  const kind = kindOf(step);
  if (kind === "delay" || kind === "response") return "This step brings no values.";
  return "Choose what this step does first.";
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

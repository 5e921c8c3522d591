/** The kinds of steps, and what a new one of each begins with. */
import type { Step } from "../../api/definition.ts";

/** All but actions, which the integration names itself. In the order of the menu. */
export const OTHER_KINDS = ["if", "forEach", "delay", "function", "request", "response"] as const;

export type OtherKind = (typeof OTHER_KINDS)[number];

export type StepKind = "action" | OtherKind;

/** What a step is; a draft that nobody has decided about counts as an action that is not chosen yet. */
export function kindOf(step: Step): StepKind {
  if (step.request) return "request";
  if (step.function) return "function";
  if (step.if) return "if";
  if (step.forEach !== undefined) return "forEach";
  if (step.delay) return "delay";
  if (step.response) return "response";
  return "action";
}

/** Whether nobody has said yet what the step does. */
export function isUndecided(step: Step): boolean {
  return kindOf(step) === "action" && step.action === null;
}

/** What a new step of a kind holds. */
export function startOf(kind: OtherKind): Partial<Step> {
  switch (kind) {
    case "if":
      return { if: { any: [{ all: [{ left: null, operator: "$none" }] }] }, then: [], else: [] };
    case "forEach":
      return { forEach: "", steps: [] };
    case "delay":
      return { delay: { amount: 5, unit: "minutes" } };
    case "function":
      return { function: { code: "return {\n  \n};", parameters: {} } };
    case "request":
      return { request: { method: "GET", url: "" } };
    case "response":
      return { response: { status: 200, body: {} } };
  }
}

export function isStepKind(kind: string | null | undefined): kind is StepKind {
  return kind === "action" || OTHER_KINDS.some((each) => each === kind);
}

/** The kinds of steps: their names, what they are for, and what a new one of each begins with. */
import type { Step } from "../../api/definition.ts";

export type StepKind = "action" | "request" | "function" | "if" | "forEach" | "delay" | "response";

export interface KindText {
  title: string;
  /** What it does, in one line. */
  about: string;
}

/** All but actions, which the integration names itself. In the order of the menu. */
export const OTHER_KINDS = ["if", "forEach", "delay", "function", "request", "response"] as const;

export type OtherKind = (typeof OTHER_KINDS)[number];

export const KIND_TEXTS: Record<StepKind, KindText> = {
  action: { title: "Action", about: "Something that the integration's provider does" },
  if: { title: "Condition", about: "Goes one of two ways, depending on values" },
  forEach: { title: "Loop", about: "Does the same steps for each item of a list" },
  delay: { title: "Delay", about: "Waits, from seconds to 365 days" },
  function: { title: "Function", about: "Runs JavaScript over the values you give it" },
  request: { title: "HTTP request", about: "Calls any API, or the provider with the user's account" },
  response: { title: "Response", about: "Answers whoever called a Request trigger" },
};

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
  return kind !== null && kind !== undefined && kind in KIND_TEXTS;
}

/** One line under a node's title: what it does with what. */
import type { Conditions, Step } from "../../api/definition.ts";
import type { Json } from "../../api/json.ts";
import { kindOf } from "./kinds.ts";
import { isUnary, operatorTitle } from "./operators.ts";
import { expressions } from "./template.ts";

export { kindOf, type StepKind } from "./kinds.ts";

/** "Wait 1 second": the unit is written in the plural. */
function waiting({ amount, unit }: NonNullable<Step["delay"]>): string {
  const time = describe(amount);
  return `Wait ${time} ${time === "1" ? unit.replace(/s$/, "") : unit}`;
}

export function stepSummary(step: Step, actionTitle: string | undefined): string {
  switch (kindOf(step)) {
    case "delay":
      return step.delay ? waiting(step.delay) : "";
    case "function": {
      const names = Object.keys(step.function?.parameters ?? {});
      return names.length > 0 ? `JavaScript over ${names.join(", ")}` : "Runs JavaScript";
    }
    case "if":
      return step.if ? conditionsText(step.if) : "";
    case "forEach": {
      const list = describe(step.forEach ?? "");
      return list === "" ? "Choose a list" : `${step.as ?? "item"} of ${list}`;
    }
    case "request":
      return step.request?.url ? `${step.request.method} ${plain(step.request.url)}` : "Write an address";
    case "response":
      return `Answers ${describe(step.response?.status ?? 200)}`;
    case "action":
      return actionSummary(step, actionTitle);
  }
}

function actionSummary(step: Step, actionTitle: string | undefined): string {
  if (step.action === null) return "Choose what it does";
  const what = actionTitle ?? step.action;
  const inputs = Object.entries(step.inputs);
  const [first, ...rest] = inputs.filter(([name]) => name !== "additionalFields");
  if (!first) return step.title === what ? "No fields filled in yet" : what;
  const more = rest.length > 0 ? ` +${rest.length}` : "";
  const line = `${first[0]} ← ${describe(first[1])}${more}`;
  return step.title === what ? line : `${what} · ${line}`;
}

function conditionsText(conditions: Conditions): string {
  const all = conditions.any.flatMap((group) => group.all);
  const [first] = all;
  if (!first || first.operator === "$none") return "Choose what decides";
  const right = isUnary(first.operator) ? "" : ` ${describe(first.right ?? null)}`;
  const more = all.length > 1 ? ` +${all.length - 1}` : "";
  return `${describe(first.left)} ${operatorTitle(first.operator)}${right}${more}`;
}

/** An expression alone without its braces, anything else as it is written. */
export function describe(value: Json): string {
  if (typeof value !== "string") return value === null ? "" : JSON.stringify(value);
  const found = expressions(value);
  const [only] = found;
  if (only && found.length === 1 && only.from === 0 && only.to === value.length) return only.source;
  return value;
}

/** A text with its expressions without braces. */
function plain(text: string): string {
  return text.replace(/^https?:\/\//, "");
}

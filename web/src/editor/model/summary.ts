/** One line under a node's title: what it does with what. */
import type { Conditions, Step } from "../../api/definition.ts";
import type { Json } from "../../api/json.ts";
import { stepsText } from "../../texts/steps.ts";
import { kindOf } from "./kinds.ts";
import { isUnary, operatorTitle } from "./operators.ts";
import { expressions } from "./template.ts";

export { kindOf, type StepKind } from "./kinds.ts";

const { summary } = stepsText;

export function stepSummary(step: Step, actionTitle: string | undefined): string {
  switch (kindOf(step)) {
    case "delay":
      return step.delay ? summary.wait(describe(step.delay.amount), step.delay.unit) : "";
    case "function": {
      const names = Object.keys(step.function?.parameters ?? {});
      return names.length > 0 ? summary.codeOver(names) : summary.code;
    }
    case "if":
      return step.if ? conditionsText(step.if) : "";
    case "forEach": {
      const list = describe(step.forEach ?? "");
      return list === "" ? summary.noList : summary.items(step.as ?? "item", list);
    }
    case "request":
      return step.request?.url ? `${step.request.method} ${plain(step.request.url)}` : summary.noAddress;
    case "response":
      return summary.answers(describe(step.response?.status ?? 200));
    case "action":
      return actionSummary(step, actionTitle);
  }
}

function actionSummary(step: Step, actionTitle: string | undefined): string {
  if (step.action === null) return summary.noAction;
  const what = actionTitle ?? step.action;
  const inputs = Object.entries(step.inputs);
  const [first, ...rest] = inputs.filter(([name]) => name !== "additionalFields");
  if (!first) return step.title === what ? summary.noInputs : what;
  const more = rest.length > 0 ? ` +${rest.length}` : "";
  const line = `${first[0]} ← ${describe(first[1])}${more}`;
  return step.title === what ? line : `${what} · ${line}`;
}

function conditionsText(conditions: Conditions): string {
  const all = conditions.any.flatMap((group) => group.all);
  const [first] = all;
  if (!first || first.operator === "$none") return summary.noCondition;
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

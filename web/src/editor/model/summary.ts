/** One line under a node's title: what it does with what. */
import type { Json, Step } from "../../api/types.ts";
import { expressions } from "./template.ts";

export type StepKind = "action" | "delay" | "function";

export function kindOf(step: Step): StepKind {
  if (step.delay) return "delay";
  return step.function ? "function" : "action";
}

export function stepSummary(step: Step, actionTitle: string | undefined): string {
  if (step.delay) return `Wait ${describe(step.delay.amount)} ${step.delay.unit}`;
  if (step.function) return "Runs JavaScript";
  if (step.action === null) return "Choose an action";
  const what = actionTitle ?? step.action;
  const inputs = Object.entries(step.inputs);
  const [first, ...rest] = inputs.filter(([name]) => name !== "additionalFields");
  if (!first) return step.title === what ? "No fields filled in yet" : what;
  const more = rest.length > 0 ? ` +${rest.length}` : "";
  const described = describe(first[1]);
  const line = `${first[0]} ← ${described}${more}`;
  return step.title === what ? line : `${what} · ${line}`;
}

function describe(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const found = expressions(value);
  const [only] = found;
  if (only && found.length === 1 && only.from === 0 && only.to === value.length) return only.source;
  return value;
}

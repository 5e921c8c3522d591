/** What a deploy changes, for people: against the version that is deployed now. */
import type { Definition, Step } from "../../api/definition.ts";
import type { Trigger } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { deployText } from "../../texts/deploy.tsx";
import { type ActionTitles, NO_TITLES, nameOf } from "./names.ts";
import { branchesOf } from "./steps.ts";
import { triggerText } from "./triggers.ts";

const texts = deployText.changes;

export interface Change {
  kind: "added" | "changed" | "removed";
  what: string;
  details: string[];
}

export function deployChanges(
  before: Definition | null,
  after: Definition,
  titles: ActionTitles = NO_TITLES,
): Change[] {
  const changes: Change[] = [];
  const was = before?.trigger ?? null;
  const is = after.trigger;
  if (JSON.stringify(was) !== JSON.stringify(is)) {
    changes.push({
      kind: was === null ? "added" : is === null ? "removed" : "changed",
      what: commonText.trigger,
      details: [triggerDetail(was, is)],
    });
  }
  const old = placed(before?.steps ?? []);
  const now = placed(after.steps);
  const orderBefore = order([...old.keys()].filter((key) => now.has(key)));
  const orderNow = order([...now.keys()].filter((key) => old.has(key)));
  for (const [key, { step, inside }] of now) {
    const previous = old.get(key);
    if (!previous) {
      changes.push({ kind: "added", what: nameOf(step, titles), details: [] });
      continue;
    }
    const details = stepDetails(previous.step, step, titles);
    if (previous.inside !== inside || orderBefore.get(key) !== orderNow.get(key)) details.push(texts.moved);
    if (details.length > 0) changes.push({ kind: "changed", what: nameOf(step, titles), details });
  }
  for (const [key, { step }] of old) {
    if (!now.has(key)) changes.push({ kind: "removed", what: nameOf(step, titles), details: [] });
  }
  return changes;
}

/** Every step at any depth, with the list it stands in. */
function placed(steps: readonly Step[]): Map<string, { step: Step; inside: string }> {
  const found = new Map<string, { step: Step; inside: string }>();
  const visit = (list: readonly Step[], inside: string) => {
    for (const step of list) {
      found.set(step.key, { step, inside });
      for (const { branch, steps: within } of branchesOf(step)) visit(within, `${step.key}/${branch}`);
    }
  };
  visit(steps, "");
  return found;
}

function order(keys: string[]): Map<string, number> {
  return new Map(keys.map((key, index) => [key, index]));
}

function triggerDetail(before: Trigger | null, after: Trigger | null): string {
  if (after === null) return texts.noTrigger;
  const is = triggerText(after);
  const was = before && triggerText(before);
  const now = texts.triggerIs(is.title, is.summary);
  return was ? texts.triggerWas(now, was.title === is.title ? null : was.title, was.summary) : now;
}

function stepDetails(before: Step, after: Step, titles: ActionTitles): string[] {
  const details: string[] = [];
  if ((before.title ?? "") !== (after.title ?? "")) details.push(texts.renamed(nameOf(before, titles)));
  if (before.action !== after.action) {
    const called = (action: string | null) =>
      action === null ? texts.noAction : (titles.get(action) ?? action);
    details.push(texts.action(called(before.action), called(after.action)));
  }
  const names = [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])];
  for (const name of names) {
    const from = text(before.inputs[name]);
    const to = text(after.inputs[name]);
    if (from !== to) details.push(texts.value(name, from, to));
  }
  for (const field of OWN_FIELDS) differences(field, before[field], after[field], details);
  if (before.onError !== after.onError) {
    details.push(after.onError === "continue" ? texts.goesOn : texts.stops);
  }
  if (before.retry !== after.retry) details.push(after.retry ? texts.retries : texts.noRetries);
  return details;
}

/** What the kinds other than actions hold. Steps inside are compared by themselves. */
const OWN_FIELDS = [
  "request",
  "delay",
  "function",
  "if",
  "forEach",
  "as",
  "concurrency",
  "response",
] as const;

/** Down to the values that differ. */
function differences(at: string, before: unknown, after: unknown, details: string[]): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      differences(`${at}.${name}`, before[name], after[name], details);
    }
  } else if (at === "function.code") details.push(texts.code);
  else details.push(texts.value(at, text(before), text(after)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  if (value === undefined) return texts.empty;
  return typeof value === "string" ? value : JSON.stringify(value);
}

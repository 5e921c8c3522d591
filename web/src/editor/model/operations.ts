/** The editor's only way to change a workflow: operations as data, applied by one pure function. */
import type { Definition, Step } from "../../api/definition.ts";
import type { Json } from "../../api/json.ts";
import type { Trigger } from "../../api/triggers.ts";
import { stepsText } from "../../texts/steps.ts";
import { freeAmong, freeKey, isMadeFrom } from "./keys.ts";
import { type OtherKind, startOf } from "./kinds.ts";
import { renameInStep, renameInSteps } from "./references.ts";
import {
  allSteps,
  changeAll,
  changeList,
  changeStep,
  findStep,
  isWithin,
  listAt,
  outermost,
  type Place,
} from "./steps.ts";

/** The fields that belong to one kind of step. What is set to undefined is taken away. */
export type StepFields = Partial<
  Pick<Step, "request" | "delay" | "function" | "if" | "forEach" | "concurrency" | "response">
>;

export type Operation =
  | { kind: "setTrigger"; trigger: Trigger | null }
  | { kind: "addStep"; place: Place }
  | { kind: "removeSteps"; keys: readonly string[] }
  /** `to` is a place among the steps as they stand now. */
  | { kind: "moveSteps"; keys: readonly string[]; to: Place }
  | { kind: "duplicateSteps"; keys: readonly string[] }
  | { kind: "pasteSteps"; steps: readonly Step[]; place: Place }
  | { kind: "setAction"; key: string; action: { name: string; title: string } }
  | { kind: "setKind"; key: string; step: OtherKind }
  | { kind: "setInput"; key: string; name: string; value: Json | undefined }
  /** `at` names what is typed into: typing on is one step back. */
  | { kind: "setFields"; key: string; fields: StepFields; at: string | null }
  | { kind: "setItemName"; key: string; name: string }
  | { kind: "renameStep"; key: string; title: string }
  | { kind: "setOnError"; key: string; onError: Step["onError"] }
  | { kind: "setRetry"; key: string; retry: boolean };

/** The definition after an operation. One that names a step that is gone changes nothing. */
export function apply(definition: Definition, operation: Operation): Definition {
  if (operation.kind === "setTrigger") return { ...definition, trigger: operation.trigger };
  const steps = applyToSteps(definition.steps, operation);
  return steps === definition.steps ? definition : { ...definition, steps: [...steps] };
}

function applyToSteps(
  steps: readonly Step[],
  operation: Exclude<Operation, { kind: "setTrigger" }>,
): readonly Step[] {
  switch (operation.kind) {
    case "addStep": {
      const step: Step = {
        key: freeKey(stepsText.newStep, steps),
        title: stepsText.newStep,
        action: null,
        inputs: {},
        onError: "stop",
        retry: true,
      };
      return changeList(steps, operation.place.around, (list) =>
        inserted(list, operation.place.index, [step]),
      );
    }
    case "removeSteps":
      return without(steps, operation.keys);
    case "moveSteps":
      return moved(steps, operation.keys, operation.to);
    case "duplicateSteps": {
      const chosen = outermost(steps, operation.keys);
      const last = chosen.at(-1);
      const place = last && findStep(steps, last.key)?.place;
      if (!place) return steps;
      return pasted(steps, chosen, { ...place, index: place.index + 1 });
    }
    case "pasteSteps":
      return pasted(steps, operation.steps, operation.place);
    case "setAction":
      return decided(steps, operation.key, operation.action.title, { action: operation.action.name });
    case "setKind":
      return decided(steps, operation.key, stepsText.kinds[operation.step].title, startOf(operation.step));
    case "setInput":
      return changeStep(steps, operation.key, (step) => {
        const inputs = { ...step.inputs };
        if (operation.value === undefined || operation.value === "") delete inputs[operation.name];
        else inputs[operation.name] = operation.value;
        return { ...step, inputs };
      });
    case "setFields":
      return changeStep(steps, operation.key, (step) => withoutUndefined({ ...step, ...operation.fields }));
    case "setItemName":
      return changeStep(steps, operation.key, (step) => named(step, operation.name));
    case "renameStep":
      return renamed(steps, operation.key, operation.title);
    case "setOnError":
      return changeStep(steps, operation.key, (step) => ({ ...step, onError: operation.onError }));
    case "setRetry":
      return changeStep(steps, operation.key, (step) => ({ ...step, retry: operation.retry }));
  }
}

function without(steps: readonly Step[], keys: readonly string[]): readonly Step[] {
  let left = steps;
  for (const { key } of outermost(steps, keys)) {
    const around = findStep(left, key)?.place.around ?? null;
    left = changeList(left, around, (list) => list.filter((step) => step.key !== key));
  }
  return left;
}

/** To another place, also in another list, in the order in which they are read. */
function moved(steps: readonly Step[], keys: readonly string[], to: Place): readonly Step[] {
  const chosen = outermost(steps, keys);
  const list = listAt(steps, to.around);
  if (list === null || chosen.length === 0) return steps;
  const owner = to.around?.key;
  if (owner !== undefined && chosen.some((step) => isWithin(step, owner))) return steps;
  const before = list.slice(0, to.index).filter((step) => !chosen.includes(step)).length;
  const next = changeList(without(steps, keys), to.around, (left) => inserted(left, before, chosen));
  const now = listAt(next, to.around) ?? [];
  return now.length === list.length && now.every((step, index) => step === list[index]) ? steps : next;
}

function pasted(steps: readonly Step[], added: readonly Step[], place: Place): readonly Step[] {
  const copies = copiesOf(added, steps);
  return changeList(steps, place.around, (list) => inserted(list, place.index, copies));
}

/** Copies whose steps have keys of their own; what refers to one of them within the copies means the copy. */
function copiesOf(added: readonly Step[], steps: readonly Step[]): Step[] {
  const taken = new Set(allSteps(steps).map((each) => each.key));
  // What the copies are called among themselves stays apart from what they become.
  const own = new Set(allSteps(added).map((each) => each.key));
  let copies = [...added];
  for (const { key } of allSteps(added)) {
    if (!taken.has(key)) {
      taken.add(key);
      continue;
    }
    const fresh = freeAmong(key.replace(/_\d+$/, ""), new Set([...taken, ...own]));
    taken.add(fresh);
    copies = rekeyed(copies, key, fresh);
  }
  return copies;
}

/**
 * Chooses what a step does. A step that nobody has named yet takes the name of what it does, and its key
 * with it, so that later steps say `steps.create_contact` and not `steps.new_step`.
 */
function decided(steps: readonly Step[], key: string, title: string, what: Partial<Step>): readonly Step[] {
  const found = findStep(steps, key);
  if (!found) return steps;
  const chosen = changeStep(steps, key, (step) => ({ ...step, ...what }));
  const isUnnamed = !found.step.title || found.step.title === stepsText.newStep;
  return isUnnamed ? renamed(chosen, key, title) : chosen;
}

/** A new title; a key that was made from the old one follows, and whatever refers to it. */
function renamed(steps: readonly Step[], key: string, title: string): readonly Step[] {
  const found = findStep(steps, key);
  if (!found || (found.step.title ?? "") === title) return steps;
  const titled = changeStep(steps, key, (step) => ({ ...step, title }));
  if (title.trim() === "" || !isMadeFrom(key, found.step.title || key)) return titled;
  const taken = new Set(allSteps(steps).map((step) => step.key));
  taken.delete(key);
  return rekeyed(titled, key, freeAmong(title, taken));
}

function rekeyed(steps: readonly Step[], from: string, to: string): Step[] {
  if (from === to) return steps as Step[];
  const own = changeAll(steps, (step) => (step.key === from ? { ...step, key: to } : step));
  return renameInSteps(own, { of: "step", from, to });
}

/** What a loop calls its item, there and in the steps inside. */
function named(step: Step, name: string): Step {
  const from = step.as ?? "item";
  const to = name === "" ? "item" : name;
  const { as: _, ...rest } = step;
  const renaming = { of: "item", from, to } as const;
  const inside = changeAll(step.steps ?? [], (each) => renameInStep(each, renaming));
  return { ...rest, ...(to !== "item" && { as: to }), steps: inside };
}

function withoutUndefined(step: Step): Step {
  for (const [name, value] of Object.entries(step)) {
    if (value === undefined) delete step[name as keyof Step];
  }
  return step;
}

function inserted<T>(list: readonly T[], index: number, items: readonly T[]): T[] {
  const place = Math.max(0, Math.min(index, list.length));
  return [...list.slice(0, place), ...items, ...list.slice(place)];
}

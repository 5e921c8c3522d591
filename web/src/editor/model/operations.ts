/** The editor's only way to change a workflow: operations as data, applied by one pure function. */
import type { Definition, Json, Step, Trigger } from "../../api/types.ts";
import { freeAmong, freeKey, isMadeFrom } from "./keys.ts";
import { KIND_TEXTS, type OtherKind, startOf } from "./kinds.ts";
import { renameInStep, renameInSteps } from "./references.ts";
import {
  allSteps,
  changeAll,
  changeList,
  changeStep,
  findStep,
  isWithin,
  listAt,
  type Place,
} from "./steps.ts";

/** The fields that belong to one kind of step. What is set to undefined is taken away. */
export type StepFields = Partial<
  Pick<Step, "request" | "delay" | "function" | "if" | "forEach" | "concurrency" | "response">
>;

export type Operation =
  | { kind: "setTrigger"; trigger: Trigger | null }
  | { kind: "addStep"; place: Place }
  | { kind: "removeStep"; key: string }
  | { kind: "moveStep"; key: string; to: Place }
  | { kind: "duplicateStep"; key: string }
  | { kind: "setAction"; key: string; action: { name: string; title: string } }
  | { kind: "setKind"; key: string; step: OtherKind }
  | { kind: "setInput"; key: string; name: string; value: Json | undefined }
  /** `at` names what is typed into: typing on is one step back. */
  | { kind: "setFields"; key: string; fields: StepFields; at: string | null }
  | { kind: "setItemName"; key: string; name: string }
  | { kind: "renameStep"; key: string; title: string }
  | { kind: "setOnError"; key: string; onError: Step["onError"] }
  | { kind: "setRetry"; key: string; retry: boolean };

export const NEW_STEP_TITLE = "New step";

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
        key: freeKey(NEW_STEP_TITLE, steps),
        title: NEW_STEP_TITLE,
        action: null,
        inputs: {},
        onError: "stop",
        retry: true,
      };
      return changeList(steps, operation.place.around, (list) => inserted(list, operation.place.index, step));
    }
    case "removeStep":
      return without(steps, operation.key);
    case "moveStep":
      return moved(steps, operation.key, operation.to);
    case "duplicateStep": {
      const found = findStep(steps, operation.key);
      if (!found) return steps;
      const copy = copyOf(found.step, steps);
      return changeList(steps, found.place.around, (list) => inserted(list, found.place.index + 1, copy));
    }
    case "setAction":
      return decided(steps, operation.key, operation.action.title, { action: operation.action.name });
    case "setKind":
      return decided(steps, operation.key, KIND_TEXTS[operation.step].title, startOf(operation.step));
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

function without(steps: readonly Step[], key: string): readonly Step[] {
  const found = findStep(steps, key);
  if (!found) return steps;
  return changeList(steps, found.place.around, (list) => list.filter((step) => step.key !== key));
}

/** Into another place, also in another list. `to.index` counts without the step itself. */
function moved(steps: readonly Step[], key: string, to: Place): readonly Step[] {
  const found = findStep(steps, key);
  if (!found || listAt(steps, to.around) === null) return steps;
  if (to.around && isWithin(found.step, to.around.key)) return steps;
  return changeList(without(steps, key), to.around, (list) => inserted(list, to.index, found.step));
}

/** A copy whose steps have keys of their own; what refers to one of them within the copy means the copy. */
function copyOf(step: Step, steps: readonly Step[]): Step {
  const taken = new Set(allSteps(steps).map((each) => each.key));
  let copy = step;
  for (const { key } of allSteps([step])) {
    const fresh = freeAmong(key.replace(/_\d+$/, ""), taken);
    taken.add(fresh);
    const [next] = rekeyed([copy], key, fresh);
    copy = next ?? copy;
  }
  return copy;
}

/**
 * Chooses what a step does. A step that nobody has named yet takes the name of what it does, and its key
 * with it, so that later steps say `steps.create_contact` and not `steps.new_step`.
 */
function decided(steps: readonly Step[], key: string, title: string, what: Partial<Step>): readonly Step[] {
  const found = findStep(steps, key);
  if (!found) return steps;
  const chosen = changeStep(steps, key, (step) => ({ ...step, ...what }));
  const isUnnamed = !found.step.title || found.step.title === NEW_STEP_TITLE;
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

function inserted<T>(list: readonly T[], index: number, item: T): T[] {
  const place = Math.max(0, Math.min(index, list.length));
  return [...list.slice(0, place), item, ...list.slice(place)];
}

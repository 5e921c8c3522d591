/** The editor's only way to change a workflow: operations as data, applied by one pure function. */
import type { Definition, Json, Step, Trigger } from "../../api/types.ts";
import { renameInInputs } from "./template.ts";

export type Operation =
  | { kind: "setTrigger"; trigger: Trigger | null }
  | { kind: "addStep"; index: number; action?: { name: string; title: string } }
  | { kind: "removeStep"; key: string }
  | { kind: "moveStep"; key: string; to: number }
  | { kind: "duplicateStep"; key: string }
  | { kind: "setAction"; key: string; action: { name: string; title: string } }
  | { kind: "setInput"; key: string; name: string; value: Json | undefined }
  | { kind: "renameStep"; key: string; title: string }
  | { kind: "setOnError"; key: string; onError: Step["onError"] }
  | { kind: "setRetry"; key: string; retry: boolean };

export const NEW_STEP_TITLE = "New step";

/** The definition after an operation. One that names a step that is gone changes nothing. */
export function apply(definition: Definition, operation: Operation): Definition {
  const { steps } = definition;
  switch (operation.kind) {
    case "setTrigger":
      return { ...definition, trigger: operation.trigger };
    case "addStep": {
      const title = operation.action?.title ?? NEW_STEP_TITLE;
      const step: Step = {
        key: freeKey(title, steps),
        title,
        action: operation.action?.name ?? null,
        inputs: {},
        onError: "stop",
        retry: true,
      };
      return { ...definition, steps: inserted(steps, operation.index, step) };
    }
    case "removeStep":
      return { ...definition, steps: steps.filter((step) => step.key !== operation.key) };
    case "moveStep": {
      const step = steps.find((candidate) => candidate.key === operation.key);
      if (!step) return definition;
      const others = steps.filter((candidate) => candidate !== step);
      return { ...definition, steps: inserted(others, operation.to, step) };
    }
    case "duplicateStep": {
      const index = steps.findIndex((step) => step.key === operation.key);
      const step = steps[index];
      if (!step) return definition;
      const copy = { ...step, key: freeKey(step.title ?? step.key, steps) };
      return { ...definition, steps: inserted(steps, index + 1, copy) };
    }
    case "setAction":
      return setAction(definition, operation.key, operation.action);
    case "setInput":
      return change(definition, operation.key, (step) => {
        const inputs = { ...step.inputs };
        if (operation.value === undefined || operation.value === "") delete inputs[operation.name];
        else inputs[operation.name] = operation.value;
        return { ...step, inputs };
      });
    case "renameStep":
      return change(definition, operation.key, (step) => ({ ...step, title: operation.title }));
    case "setOnError":
      return change(definition, operation.key, (step) => ({ ...step, onError: operation.onError }));
    case "setRetry":
      return change(definition, operation.key, (step) => ({ ...step, retry: operation.retry }));
  }
}

/**
 * Chooses what a step does. A step that nobody has named yet takes the action's name, and its key
 * with it, so that later steps say `steps.create_contact` and not `steps.new_step`.
 */
function setAction(definition: Definition, key: string, action: { name: string; title: string }): Definition {
  const step = definition.steps.find((candidate) => candidate.key === key);
  if (!step) return definition;
  if (step.title && step.title !== NEW_STEP_TITLE) {
    return change(definition, key, (found) => ({ ...found, action: action.name }));
  }
  const others = definition.steps.filter((candidate) => candidate !== step);
  const newKey = freeKey(action.title, others);
  return {
    ...definition,
    steps: definition.steps.map((candidate) =>
      candidate === step
        ? { ...step, key: newKey, title: action.title, action: action.name }
        : { ...candidate, inputs: renameInInputs(candidate.inputs, key, newKey) },
    ),
  };
}

function change(definition: Definition, key: string, edit: (step: Step) => Step): Definition {
  return { ...definition, steps: definition.steps.map((step) => (step.key === key ? edit(step) : step)) };
}

function inserted<T>(list: readonly T[], index: number, item: T): T[] {
  const place = Math.max(0, Math.min(index, list.length));
  return [...list.slice(0, place), item, ...list.slice(place)];
}

/** A key that no step has yet, made from a title: "Create contact" becomes `create_contact`. */
export function freeKey(title: string, steps: readonly Step[]): string {
  const plain = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "");
  const base = plain === "" ? "step" : plain.slice(0, 40);
  const taken = new Set(steps.map((step) => step.key));
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}_${number}`)) number++;
  return `${base}_${number}`;
}

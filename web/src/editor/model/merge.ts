/**
 * Two people's edits of one draft put together: what only one of them changed is taken from that one. Where
 * both changed the same thing differently, or one edited what the other took away, nobody but a person can say.
 */
import type { Definition, Step } from "../../api/definition.ts";
import { allSteps, branchesOf } from "./steps.ts";

/** The merged definition; null where it would be a guess. */
export function merge(base: Definition, mine: Definition, theirs: Definition): Definition | null {
  const trigger = pick(base.trigger, mine.trigger, theirs.trigger);
  if (!trigger) return null;
  // The order and nesting of the steps is one thing: only one of both may have changed it.
  const shape = pick(shapeOf(base.steps), shapeOf(mine.steps), shapeOf(theirs.steps));
  if (!shape) return null;
  const skeleton = shape.value === shapeOf(mine.steps) ? mine : theirs;
  const [was, own, other] = [byKey(base), byKey(mine), byKey(theirs)];
  for (const [key, step] of was) {
    const [in1, in2] = [own.get(key), other.get(key)];
    if (in1 && in2) continue;
    const left = in1 ?? in2;
    if (left && !same(ownOf(left), ownOf(step))) return null;
  }
  let clash = false;
  const merged = (list: readonly Step[]): Step[] =>
    list.map((step) => {
      const fields = mergedStep(was.get(step.key), own.get(step.key), other.get(step.key));
      if (!fields) clash = true;
      const inside = branchesOf(step).map(({ branch, steps }) => [branch, merged(steps)] as const);
      // The fields are those of a step, put together again.
      return { ...(fields ?? ownOf(step)), ...Object.fromEntries(inside) } as unknown as Step;
    });
  const steps = merged(skeleton.steps);
  return clash ? null : { ...skeleton, trigger: trigger.value, steps };
}

type Fields = Record<string, unknown>;

function mergedStep(base: Step | undefined, mine: Step | undefined, theirs: Step | undefined): Fields | null {
  if (!mine || !theirs) {
    const only = mine ?? theirs;
    return only ? ownOf(only) : null;
  }
  return mergedFields(base ? ownOf(base) : {}, ownOf(mine), ownOf(theirs), 2);
}

/** Field by field; `depth` says how far down, so that two inputs of one step may be edited by two people. */
function mergedFields(base: Fields, mine: Fields, theirs: Fields, depth: number): Fields | null {
  const merged: Fields = {};
  for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const picked = pick(base[name], mine[name], theirs[name]);
    if (picked) {
      if (picked.value !== undefined) merged[name] = picked.value;
      continue;
    }
    const [a, b, c] = [mine[name], theirs[name], base[name] ?? {}];
    if (depth <= 1 || !isFields(a) || !isFields(b) || !isFields(c)) return null;
    const inner = mergedFields(c, a, b, depth - 1);
    if (!inner) return null;
    merged[name] = inner;
  }
  return merged;
}

/** The one that is not as it was; nothing where neither is and they differ. */
function pick<T>(base: T, mine: T, theirs: T): { value: T } | null {
  if (same(mine, theirs) || same(theirs, base)) return { value: mine };
  return same(mine, base) ? { value: theirs } : null;
}

/** Without the steps inside it. */
function ownOf({ then: _, else: __, steps: ___, ...own }: Step): Fields {
  return own;
}

function shapeOf(steps: readonly Step[]): string {
  const shape = (list: readonly Step[]): unknown =>
    list.map((step) => [
      step.key,
      ...branchesOf(step).map(({ branch, steps: inside }) => [branch, shape(inside)]),
    ]);
  return JSON.stringify(shape(steps));
}

function byKey({ steps }: Definition): ReadonlyMap<string, Step> {
  return new Map(allSteps(steps).map((step) => [step.key, step]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

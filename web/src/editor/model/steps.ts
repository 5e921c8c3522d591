/** Steps at any depth: a tree that is walked, searched and changed by key. No React, no layout. */
import type { Definition, Step } from "../../api/definition.ts";

/** The list within a step that other steps stand in. */
export type BranchName = "then" | "else" | "steps";

/** A list of steps: that of the workflow, or one inside a step. */
export type Around = { key: string; branch: BranchName } | null;

/** Where a step stands, or where one is inserted. */
export interface Place {
  around: Around;
  index: number;
}

export interface FoundStep {
  step: Step;
  place: Place;
  /** The list that it stands in. */
  siblings: readonly Step[];
}

/** The lists inside a step. A condition has both branches and a loop its one, also while they are empty. */
export function branchesOf(step: Step): { branch: BranchName; steps: readonly Step[] }[] {
  const branches: { branch: BranchName; steps: readonly Step[] }[] = [];
  if (step.if || step.then || step.else) {
    branches.push({ branch: "then", steps: step.then ?? [] }, { branch: "else", steps: step.else ?? [] });
  }
  if (step.forEach !== undefined || step.steps) branches.push({ branch: "steps", steps: step.steps ?? [] });
  return branches;
}

/** Every step, those inside others too, in the order of reading. */
export function allSteps(steps: readonly Step[]): Step[] {
  const found: Step[] = [];
  const visit = (list: readonly Step[]) => {
    for (const step of list) {
      found.push(step);
      for (const { steps: inside } of branchesOf(step)) visit(inside);
    }
  };
  visit(steps);
  return found;
}

export function findStep(steps: readonly Step[], key: string, around: Around = null): FoundStep | null {
  for (const [index, step] of steps.entries()) {
    if (step.key === key) return { step, place: { around, index }, siblings: steps };
    for (const { branch, steps: inside } of branchesOf(step)) {
      const found = findStep(inside, key, { key: step.key, branch });
      if (found) return found;
    }
  }
  return null;
}

/** The steps of these keys in the order of reading, without those that stand inside others of them. */
export function outermost(steps: readonly Step[], keys: readonly string[]): Step[] {
  const wanted = new Set(keys);
  const found: Step[] = [];
  const visit = (list: readonly Step[]) => {
    for (const step of list) {
      if (wanted.has(step.key)) found.push(step);
      else for (const { steps: inside } of branchesOf(step)) visit(inside);
    }
  };
  visit(steps);
  return found;
}

/** The list at a place; null when the step around it is gone. */
export function listAt(steps: readonly Step[], around: Around): readonly Step[] | null {
  if (around === null) return steps;
  const owner = findStep(steps, around.key)?.step;
  return owner ? (owner[around.branch] ?? []) : null;
}

/** The steps with one of them changed. Whatever the change does not touch stays the same object. */
export function changeStep(steps: readonly Step[], key: string, edit: (step: Step) => Step): Step[] {
  return mapped(steps, (step) => (step.key === key ? edit(step) : inBranches(step, key, edit)));
}

function inBranches(step: Step, key: string, edit: (step: Step) => Step): Step {
  let next = step;
  for (const { branch, steps } of branchesOf(step)) {
    const changed = changeStep(steps, key, edit);
    if (changed !== steps) next = { ...next, [branch]: changed };
  }
  return next;
}

/** The steps with one of their lists changed. */
export function changeList(
  steps: readonly Step[],
  around: Around,
  edit: (list: readonly Step[]) => Step[],
): readonly Step[] {
  if (around === null) return edit(steps);
  return changeStep(steps, around.key, (step) => ({
    ...step,
    [around.branch]: edit(step[around.branch] ?? []),
  }));
}

/** Every step changed by the same function, from the inside out. */
export function changeAll(steps: readonly Step[], edit: (step: Step) => Step): Step[] {
  return mapped(steps, (step) => {
    let next = step;
    for (const { branch, steps: inside } of branchesOf(step)) {
      const changed = changeAll(inside, edit);
      if (changed !== inside) next = { ...next, [branch]: changed };
    }
    return edit(next);
  });
}

function mapped(steps: readonly Step[], edit: (step: Step) => Step): Step[] {
  const next = steps.map(edit);
  // The caller compares identities: a list in which nothing changed is the same list.
  return next.some((step, index) => step !== steps[index]) ? next : (steps as Step[]);
}

/** Whether a key is that of a step or of one inside it. */
export function isWithin(step: Step, key: string): boolean {
  return allSteps([step]).some((inside) => inside.key === key);
}

/** Where within its step a problem's pointer leads, for example `delay/amount`. */
export function pointerWithin(pointer: string): string {
  return pointer.replace(/^\/steps\/\d+(?:\/(?:then|else|steps)\/\d+)*\/?/, "");
}

/** Steps that a person counts, at any depth. */
export function stepCount(definition: Definition): number {
  return allSteps(definition.steps).length;
}

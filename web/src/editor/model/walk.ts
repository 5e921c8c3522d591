/** The keyboard's ways through a workflow: to another step, and a step's ways to another place. */
import type { Step } from "../../api/definition.ts";
import { allSteps, branchesOf, findStep, listAt, type Place } from "./steps.ts";

export type Direction = "up" | "down" | "left" | "right";

/**
 * The step that an arrow leads to; null is the trigger. Up and down read the drawing from top to bottom,
 * left leads to the step around, right to the first step inside or into the next branch.
 */
export function neighbour(steps: readonly Step[], key: string | null, direction: Direction): string | null {
  const order = allSteps(steps).map((step) => step.key);
  if (key === null) return direction === "up" || direction === "left" ? null : (order[0] ?? null);
  const at = order.indexOf(key);
  const found = findStep(steps, key);
  if (!found) return null;
  const { around } = found.place;
  switch (direction) {
    case "up":
      return order[at - 1] ?? null;
    case "down":
      return order[at + 1] ?? key;
    case "left":
      return around ? (sideways(steps, around.key, around.branch, -1) ?? around.key) : null;
    case "right": {
      const [inside] = branchesOf(found.step).flatMap((branch) => branch.steps);
      return inside?.key ?? (around ? sideways(steps, around.key, around.branch, 1) : null) ?? key;
    }
  }
}

/** The first step of the branch beside this one. */
function sideways(steps: readonly Step[], owner: string, branch: string, by: 1 | -1): string | null {
  const step = findStep(steps, owner)?.step;
  const branches = step ? branchesOf(step) : [];
  const at = branches.findIndex((each) => each.branch === branch);
  return branches[at + by]?.steps[0]?.key ?? null;
}

/**
 * Where a step goes that is moved up or down by one: past its neighbour, into it where it holds steps, out
 * of its list at the list's end. Left and right lead to the branch beside. Null where there is no way.
 */
export function placeAfter(steps: readonly Step[], key: string, direction: Direction): Place | null {
  const found = findStep(steps, key);
  if (!found) return null;
  const { place, siblings } = found;
  const { around, index } = place;
  const owner = around && findStep(steps, around.key);
  if (direction === "left" || direction === "right") {
    if (!owner || !around) return null;
    const branches = branchesOf(owner.step);
    const at = branches.findIndex(({ branch }) => branch === around.branch);
    const beside = branches[at + (direction === "left" ? -1 : 1)];
    if (!beside) return null;
    return {
      around: { key: around.key, branch: beside.branch },
      index: Math.min(index, beside.steps.length),
    };
  }
  const up = direction === "up";
  const next = siblings[index + (up ? -1 : 1)];
  if (next) {
    const inner = up ? branchesOf(next).at(-1) : branchesOf(next)[0];
    if (!inner) return { around, index: up ? index - 1 : index + 2 };
    return { around: { key: next.key, branch: inner.branch }, index: up ? inner.steps.length : 0 };
  }
  if (!owner || !around) return null;
  // Out of this branch: into the one beside it, or past the step that holds both.
  const branches = branchesOf(owner.step);
  const at = branches.findIndex(({ branch }) => branch === around.branch);
  const beside = branches[at + (up ? -1 : 1)];
  if (beside)
    return { around: { key: around.key, branch: beside.branch }, index: up ? beside.steps.length : 0 };
  return { around: owner.place.around, index: owner.place.index + (up ? 0 : 1) };
}

/** From one step to another as they are read, both included. */
export function between(steps: readonly Step[], from: string, to: string): string[] {
  const order = allSteps(steps).map((step) => step.key);
  const [first = 0, last = 0] = [order.indexOf(from), order.indexOf(to)].sort((a, b) => a - b);
  return first === -1 ? [to] : order.slice(first, last + 1);
}

/** The place after a step; at the end of the workflow where there is none. */
export function placeBelow(steps: readonly Step[], key: string | null): Place {
  const place = key === null ? null : findStep(steps, key)?.place;
  if (place) return { ...place, index: place.index + 1 };
  return { around: null, index: key === null ? 0 : (listAt(steps, null)?.length ?? 0) };
}

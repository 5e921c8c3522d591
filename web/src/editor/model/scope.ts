/** What a step can read: the engine's rules, in `docs/steps.md`, as the editor knows them. */
import type { Step } from "../../api/definition.ts";
import { branchesOf } from "./steps.ts";

export interface Scope {
  /** The steps whose outputs can be read, in order. */
  steps: Step[];
  /** The loops around the step, from the outside in. */
  loops: Step[];
}

export function scopeOf(steps: readonly Step[], key: string): Scope {
  return search(steps, key, [], []) ?? { steps: [], loops: [] };
}

function search(steps: readonly Step[], key: string, earlier: Step[], loops: Step[]): Scope | null {
  const seen = [...earlier];
  for (const step of steps) {
    if (step.key === key) return { steps: seen, loops };
    for (const { branch, steps: inside } of branchesOf(step)) {
      const found = search(inside, key, seen, branch === "steps" ? [...loops, step] : loops);
      if (found) return found;
    }
    seen.push(...readable(step));
  }
  return null;
}

/** What can be read after a step: itself, and the steps of its branches. A loop keeps its steps to itself. */
function readable(step: Step): Step[] {
  if (step.forEach !== undefined) return [step];
  return [step, ...branchesOf(step).flatMap(({ steps }) => steps.flatMap(readable))];
}

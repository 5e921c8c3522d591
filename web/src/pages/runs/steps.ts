/** The steps of a run, those inside others included. */
import type { Step } from "../../api/definition.ts";
import type { RunStep } from "../../api/runs.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";

/** By its path, as faults and doubts name it. */
export function findRunStep(steps: readonly RunStep[], path: string): RunStep | null {
  return first(steps, (step) => step.path === path);
}

/** What people open a run for: what is wrong, else what is under way, else the last thing. */
export function interestingStep(steps: readonly RunStep[]): RunStep | null {
  const wrong = (step: RunStep) => step.state === "failed" || step.state === "in_doubt";
  const underWay = (step: RunStep) => step.state === "waiting" || step.state === "running";
  return deepest(steps, wrong) ?? deepest(steps, underWay) ?? steps.at(-1) ?? null;
}

function first(steps: readonly RunStep[], is: (step: RunStep) => boolean): RunStep | null {
  for (const step of steps) {
    if (is(step)) return step;
    for (const inside of step.inside) {
      const found = first(inside.steps, is);
      if (found) return found;
    }
  }
  return null;
}

/** A loop that failed leads to the item that did. */
function deepest(steps: readonly RunStep[], is: (step: RunStep) => boolean): RunStep | null {
  const found = first(steps, is);
  if (!found) return null;
  for (const { steps: within } of found.inside) {
    const inner = deepest(within, is);
    if (inner) return inner;
  }
  return found;
}

/** What a list inside a step is: a branch, or an item counted from one. */
export function insideTitle(name: string): string {
  if (name === "then") return commonText.yes;
  if (name === "else") return commonText.no;
  return runsText.path.item(Number(name) + 1);
}

/** A step of the workflow by its key, those inside others included. */
export function findDefined(steps: readonly Step[], key: string): Step | null {
  for (const step of steps) {
    if (step.key === key) return step;
    for (const inside of [step.then, step.else, step.steps]) {
      const found = findDefined(inside ?? [], key);
      if (found) return found;
    }
  }
  return null;
}

/** The branch that a condition did not lead to, once it is known. */
export function notTaken(
  step: RunStep,
  defined: Step | null,
): { name: string; steps: readonly Step[] } | null {
  const taken = step.inside[0]?.name;
  if (!defined?.if || (taken !== "then" && taken !== "else")) return null;
  return taken === "then"
    ? { name: "else", steps: defined.else ?? [] }
    : { name: "then", steps: defined.then ?? [] };
}

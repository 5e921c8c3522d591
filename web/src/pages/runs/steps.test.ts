import { describe, expect, it } from "vitest";
import type { Step } from "../../api/definition.ts";
import type { Attempt, RunStep, StepState } from "../../api/runs.ts";
import { runsText } from "../../texts/runs.tsx";
import { lineOf } from "./AttemptTimeline.tsx";
import { findDefined, findRunStep, insideTitle, interestingStep, notTaken } from "./steps.ts";

function step(path: string, state: StepState, inside: RunStep["inside"] = []): RunStep {
  return { key: path, path, title: path, state, attempts: [], inside };
}

const steps = [
  step("check", "succeeded", [{ name: "then", steps: [step("yes", "succeeded")] }]),
  step("each", "failed", [
    { name: "0", steps: [step("each[0]/write", "succeeded")] },
    { name: "7", steps: [step("each[7]/write", "failed")] },
  ]),
  step("last", "skipped"),
];

describe("the steps of a run", () => {
  it("are found by their paths, also inside branches and items", () => {
    expect(findRunStep(steps, "yes")?.state).toBe("succeeded");
    expect(findRunStep(steps, "each[7]/write")?.state).toBe("failed");
    expect(findRunStep(steps, "each[8]/write")).toBeNull();
  });

  it("open at the item that failed, else at the last step", () => {
    expect(interestingStep(steps)?.path).toBe("each[7]/write");
    expect(interestingStep(steps.slice(0, 1))?.path).toBe("check");
    expect(interestingStep([])).toBeNull();
  });

  it("say how many items there were, and what a branch is called", () => {
    expect(runsText.step.items({ count: 300, done: 120, failed: 2 })).toBe("120 of 300 items, 2 failed");
    expect(runsText.step.items({ count: 1, done: 1, failed: 0 })).toBe("1 item");
    expect([insideTitle("then"), insideTitle("else"), insideTitle("0")]).toEqual(["Yes", "No", "Item 1"]);
  });

  it("have a branch that was not taken once the condition is known", () => {
    const leaf = (key: string): Step => ({ key, action: null, inputs: {}, onError: "stop", retry: true });
    const defined: Step = { ...leaf("check"), if: { any: [] }, then: [leaf("yes")], else: [leaf("no")] };
    const taken = step("check", "succeeded", [{ name: "then", steps: [] }]);
    expect(notTaken(taken, defined)?.steps.map((one) => one.key)).toEqual(["no"]);
    expect(notTaken(step("check", "not_reached"), defined)).toBeNull();
    expect(findDefined([defined], "no")?.key).toBe("no");
    expect(findDefined([defined], "other")).toBeNull();
  });
});

describe("the attempts of a step on a line of time", () => {
  const at = (seconds: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, seconds)).toISOString();
  const attempt = (number: number, from: number, to: number): Attempt => ({
    attempt: number,
    startedAt: at(from),
    finishedAt: at(to),
    durationMs: (to - from) * 1000,
    state: "failed",
  });

  it("lie where they were, and the shortest can still be seen", () => {
    const line = lineOf([attempt(1, 0, 0), attempt(2, 10, 20)], Date.parse(at(20)));
    expect(line).toEqual([
      { left: 0, width: 1.5 },
      { left: 50, width: 50 },
    ]);
  });

  it("keep one without a beginning out of the line", () => {
    const waiting: Attempt = { attempt: 1, state: "waiting" };
    expect(lineOf([waiting, attempt(2, 0, 1)], Date.parse(at(1)))[0]).toBeNull();
  });
});

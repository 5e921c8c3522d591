import { describe, expect, it } from "vitest";
import type { RunStep, StepState } from "../../api/types.ts";
import { findRunStep, insideTitle, interestingStep, itemsText } from "./steps.ts";

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
    expect(itemsText({ count: 300, done: 120, failed: 2 })).toBe("120 of 300 items, 2 failed");
    expect(itemsText({ count: 1, done: 1, failed: 0 })).toBe("1 item");
    expect([insideTitle("then"), insideTitle("else"), insideTitle("0")]).toEqual(["Yes", "No", "Item 1"]);
  });
});

import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { merge } from "./merge.ts";
import { apply, type Operation } from "./operations.ts";

function step(key: string, more: Partial<Step> = {}): Step {
  return { key, title: key, action: "contacts.create", inputs: {}, onError: "stop", retry: true, ...more };
}

const base: Definition = {
  trigger: { appEvent: "Lead" },
  steps: [
    step("find", { inputs: { email: "a" } }),
    step("check", { action: null, if: { any: [] }, then: [step("yes")], else: [] }),
  ],
};

function edited(...operations: Operation[]): Definition {
  return operations.reduce(apply, base);
}

const note: Operation = { kind: "setInput", key: "find", name: "note", value: "mine" };
const city: Operation = { kind: "setInput", key: "find", name: "city", value: "theirs" };
const place = { around: { key: "check", branch: "else" }, index: 0 } as const;

describe("two people's edits", () => {
  it("of different steps, inputs and the trigger are both kept", () => {
    const mine = edited(note, { kind: "setTrigger", trigger: { request: {} } });
    const theirs = edited(city, { kind: "setRetry", key: "yes", retry: false });
    const merged = merge(base, mine, theirs);
    expect(merged).toEqual(
      edited(
        note,
        city,
        { kind: "setRetry", key: "yes", retry: false },
        { kind: "setTrigger", trigger: { request: {} } },
      ),
    );
    expect(merge(base, theirs, mine)?.steps[0]?.inputs).toEqual({ email: "a", note: "mine", city: "theirs" });
  });

  it("keep a step that one added while the other edited", () => {
    const mine = edited({ kind: "addStep", place });
    const merged = merge(base, mine, edited(city));
    expect(merged?.steps[1]?.else?.map((each) => each.key)).toEqual(["new_step"]);
    expect(merged?.steps[0]?.inputs.city).toBe("theirs");
    expect(merge(base, edited(city), mine)).toEqual(merged);
  });

  it("keep what one took away away, unless the other edited it", () => {
    const without = edited({ kind: "removeSteps", keys: ["find"] });
    expect(merge(base, without, edited({ kind: "setRetry", key: "yes", retry: false }))?.steps).toHaveLength(
      1,
    );
    expect(merge(base, without, edited(city))).toBeNull();
    expect(merge(base, edited(city), without)).toBeNull();
  });

  it("are for a person to settle where they are about the same thing", () => {
    const other: Operation = { kind: "setInput", key: "find", name: "note", value: "other" };
    expect(merge(base, edited(note), edited(other))).toBeNull();
    expect(merge(base, edited(note), edited(note))).toEqual(edited(note));
    const move: Operation = { kind: "moveSteps", keys: ["find"], to: place };
    expect(merge(base, edited(move), edited({ kind: "addStep", place }))).toBeNull();
  });
});

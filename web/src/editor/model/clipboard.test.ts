import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { stepsAsText, stepsOfText } from "./clipboard.ts";
import { apply } from "./operations.ts";
import { allSteps } from "./steps.ts";

const find: Step = {
  key: "find",
  title: "Find",
  action: "contacts.search",
  inputs: { limit: 1 },
  onError: "continue",
  retry: false,
};
const wait: Step = {
  key: "wait",
  action: null,
  inputs: {},
  onError: "stop",
  retry: true,
  delay: { amount: "{{ steps.find.total }}", unit: "seconds" },
};
const loop: Step = { ...wait, key: "each", forEach: "{{ trigger.people }}", as: "person", steps: [wait] };
delete loop.delay;

describe("steps on the clipboard", () => {
  it("are what a project file says, and come back as they were", () => {
    const text = stepsAsText([find, loop]);
    expect(JSON.parse(text)).toEqual([
      {
        find: {
          title: "Find",
          action: "contacts.search",
          inputs: { limit: 1 },
          onError: "continue",
          retry: false,
        },
      },
      {
        each: {
          forEach: "{{ trigger.people }}",
          as: "person",
          steps: [{ wait: { delay: { amount: "{{ steps.find.total }}", unit: "seconds" } } }],
        },
      },
    ]);
    expect(stepsOfText(text)).toEqual([find, loop]);
  });

  it("are nothing else that happens to be there", () => {
    for (const text of [
      "hello",
      "",
      "[]",
      "{}",
      "[1]",
      '[{"a": 1}]',
      '[{"a": {"shell": "rm"}}]',
      '[{"a": {"action": "x", "delay": {}}}]',
      '[{"a b": {"action": "x"}}]',
      '[{"a": {"forEach": "x", "steps": [1]}}]',
      '[{"a": {"action": 1}}]',
    ]) {
      expect(stepsOfText(text), text).toBeNull();
    }
  });

  it("get keys of their own where theirs are taken, and mean each other", () => {
    const definition: Definition = { trigger: null, steps: [find] };
    const place = { around: null, index: 1 };
    const after = apply(definition, { kind: "pasteSteps", steps: [find, wait], place });
    expect(allSteps(after.steps).map((step) => step.key)).toEqual(["find", "find_2", "wait"]);
    expect(after.steps[2]?.delay?.amount).toBe("{{ steps.find_2.total }}");
    const again = apply(after, {
      kind: "pasteSteps",
      steps: [find, wait],
      place: { around: null, index: 3 },
    });
    expect(again.steps.map((step) => step.key)).toEqual(["find", "find_2", "wait", "find_3", "wait_2"]);
    expect(again.steps[4]?.delay?.amount).toBe("{{ steps.find_3.total }}");
  });
});

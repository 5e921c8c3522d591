import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { deployChanges } from "./diff.ts";
import { layout, NODE_HEIGHT, NODE_WIDTH, type PlacedNode } from "./layout.ts";
import { NO_TITLES } from "./names.ts";
import { pointerWithin } from "./steps.ts";
import { stepSummary } from "./summary.ts";
import { chipFor, fieldsOf, sourcesFor } from "./variables.ts";

function step(key: string, more: Partial<Step> = {}): Step {
  return { key, title: key, action: null, inputs: {}, onError: "stop", retry: true, ...more };
}

const decision = { any: [{ all: [{ left: "{{ trigger.plan }}", operator: "$exists" }] }] };

const definition: Definition = {
  trigger: { appEvent: "Lead" },
  steps: [
    step("check", { if: decision, then: [step("yes", { action: "contacts.create" })], else: [] }),
    step("each", {
      forEach: "{{ trigger.people }}",
      as: "person",
      steps: [
        step("write", { action: "contacts.create" }),
        step("wait", { delay: { amount: 1, unit: "seconds" } }),
      ],
    }),
    step("last", { function: { code: "return 1", parameters: {} } }),
  ],
};

const around = {
  titles: NO_TITLES,
  examples: {},
  samples: {},
  definition,
  eventExample: { plan: "pro", people: [{ email: "a@b.c" }] },
  settings: [],
  userMetadata: {},
  secrets: null,
};

const titles = (key: string) => sourcesFor(key, around).map((source) => source.id);

describe("what a step sees", () => {
  it("is neither the other branch nor the condition it stands in", () => {
    expect(titles("yes")).toEqual(["trigger", "settings", "user", "secrets"]);
  });

  it("is both branches once they have come together, and of a loop its counts alone", () => {
    expect(titles("last")).toEqual([
      "trigger",
      "step:check",
      "step:yes",
      "step:each",
      "settings",
      "user",
      "secrets",
    ]);
    const loop = sourcesFor("last", around).find((source) => source.id === "step:each");
    expect(loop && fieldsOf(loop, "").map((field) => field.label)).toContain("succeeded");
    expect(chipFor("steps.write.id", sourcesFor("last", around)).problem).toContain("no earlier step");
  });

  it("is the loop's item with the fields of the list's example, and earlier steps for the same item", () => {
    expect(titles("wait")).toEqual([
      "item:each",
      "trigger",
      "step:check",
      "step:yes",
      "step:write",
      "settings",
      "user",
      "secrets",
    ]);
    const [item] = sourcesFor("wait", around);
    expect(item && fieldsOf(item, "").map((field) => field.path)).toEqual([["person"], ["person", "email"]]);
    expect(chipFor("person.email", sourcesFor("wait", around))).toMatchObject({
      label: "email",
      problem: null,
    });
    expect(chipFor("person.email", sourcesFor("last", around)).problem).toContain("person");
  });
});

describe("the drawing of steps inside steps", () => {
  const { nodes, edges } = layout(definition);
  const node = (id: string) => nodes.find((candidate) => candidate.id === id) as PlacedNode;

  it("has a plus on every line, and a button in an empty branch", () => {
    const into = edges.map(({ source, target, insertAt }) => [source, target, insertAt]);
    expect(into).toContainEqual([
      "step:check",
      "step:yes",
      { around: { key: "check", branch: "then" }, index: 0 },
    ]);
    expect(into).toContainEqual([
      "step:yes",
      "join:check",
      { around: { key: "check", branch: "then" }, index: 1 },
    ]);
    expect(into).toContainEqual(["step:check", "add:check/else", null]);
    expect(into).toContainEqual(["join:check", "step:each", { around: null, index: 1 }]);
    expect(into).toContainEqual([
      "step:wait",
      "join:each",
      { around: { key: "each", branch: "steps" }, index: 2 },
    ]);
    expect(node("add:check/else").place).toEqual({ around: { key: "check", branch: "else" }, index: 0 });
  });

  it("puts branches side by side, their end below both, and a loop in its frame", () => {
    expect(node("step:yes").x + NODE_WIDTH).toBeLessThan(node("add:check/else").x);
    expect(node("join:check").y).toBeGreaterThan(node("step:yes").y + NODE_HEIGHT);
    expect(node("step:each").y).toBeGreaterThan(node("join:check").y);
    const frame = node("frame:each");
    for (const id of ["step:each", "step:write", "step:wait"]) {
      expect(node(id).x).toBeGreaterThan(frame.x);
      expect(node(id).x + NODE_WIDTH).toBeLessThan(frame.x + frame.width);
      expect(node(id).y + NODE_HEIGHT).toBeLessThan(frame.y + frame.height);
    }
  });

  it("never draws two steps over each other, however they are nested", () => {
    const deep = (level: number): Step[] =>
      level === 0
        ? [step(`s${Math.random()}`)]
        : [
            step(`i${Math.random()}`, { if: decision, then: deep(level - 1), else: deep(level - 1) }),
            step(`f${Math.random()}`, { forEach: "", steps: deep(level - 1) }),
          ];
    const placed = layout({ trigger: null, steps: deep(3) }).nodes.filter((each) => each.kind !== "frame");
    expect(placed.length).toBeGreaterThan(50);
    for (const a of placed) {
      for (const b of placed) {
        if (a === b) continue;
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.id} and ${b.id}`).toBe(true);
      }
    }
  });

  it("draws each of 500 steps once", () => {
    const steps = Array.from({ length: 100 }, (_, index) =>
      step(`c${index}`, {
        if: decision,
        then: [step(`y${index}`), step(`z${index}`)],
        else: [step(`l${index}`, { forEach: "", steps: [step(`w${index}`)] })],
      }),
    );
    const placed = layout({ trigger: null, steps });
    expect(placed.nodes.filter((each) => each.kind === "step")).toHaveLength(500);
  });
});

describe("steps inside steps", () => {
  it("are compared by themselves in what a deploy changes", () => {
    const after = structuredClone(definition);
    const loop = after.steps[1];
    if (loop?.steps?.[1]) loop.steps[1].delay = { amount: 2, unit: "seconds" };
    if (loop) loop.concurrency = 3;
    expect(deployChanges(definition, after)).toEqual([
      { kind: "changed", what: "each", details: ["concurrency: empty → 3"] },
      { kind: "changed", what: "wait", details: ["delay.amount: 1 → 2"] },
    ]);
  });

  it("know which of their fields a problem is about", () => {
    expect(pointerWithin("/steps/2/then/0/delay/amount")).toBe("delay/amount");
    expect(pointerWithin("/steps/0/steps/11/inputs/email")).toBe("inputs/email");
    expect(pointerWithin("/steps/0/steps")).toBe("steps");
    expect(pointerWithin("/trigger")).toBe("/trigger");
  });

  it("say in a line what they do", () => {
    const [check, each, last] = definition.steps;
    expect(check && stepSummary(check, undefined)).toBe("trigger.plan exists");
    expect(each && stepSummary(each, undefined)).toBe("person of trigger.people");
    expect(last && stepSummary(last, undefined)).toBe("Runs JavaScript");
  });
});

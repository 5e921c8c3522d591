import { describe, expect, test } from "vitest";
import type { Definition, Step } from "../api/definition.ts";
import type { NodeFacts } from "./canvasNodes.ts";
import { draw } from "./drawing.ts";
import { apply, type Operation } from "./model/operations.ts";

function action(key: string): Step {
  return {
    key,
    title: key,
    action: "contacts.create",
    inputs: { email: "{{ trigger.email }}" },
    onError: "stop",
    retry: true,
  };
}

const definition: Definition = {
  trigger: { appEvent: "Contact Created" },
  steps: [
    action("first"),
    {
      ...action("check"),
      action: null,
      inputs: {},
      if: { any: [{ all: [{ left: "{{ trigger.company }}", operator: "$exists" }] }] },
      then: [action("inside")],
      else: [],
    },
    action("last"),
  ],
};

const facts: NodeFacts = {
  definition,
  problems: [],
  titles: new Map(),
  iconUrl: "/icon.svg",
  dragged: [],
  results: new Map(),
  pins: {},
  readOnly: false,
};

const edited = (operation: Operation): NodeFacts => ({ ...facts, definition: apply(definition, operation) });

describe("a drawing out of the one before", () => {
  const before = draw(null, facts);
  const others = (drawing: typeof before) =>
    drawing.nodes.filter((node) => !before.nodes.includes(node)).map((node) => node.id);

  test("a letter in a form makes one node anew and leaves the lines and places alone", () => {
    const drawing = draw(before, edited({ kind: "setInput", key: "inside", name: "email", value: "x" }));
    expect(others(drawing)).toEqual(["step:inside"]);
    expect(drawing.edges).toBe(before.edges);
    expect(drawing.placed).toBe(before.placed);
    expect(drawing.nodes.find((node) => node.id === "step:inside")?.data.summary).toContain("email ← x");
  });

  test("what no node shows changes nothing at all", () => {
    const drawing = draw(before, edited({ kind: "setRetry", key: "first", retry: false }));
    expect(drawing.nodes).toBe(before.nodes);
  });

  test("another name, another step and another place are drawn in full", () => {
    const renamed = draw(before, edited({ kind: "renameStep", key: "inside", title: "Other" }));
    expect(renamed.nodes.some((node) => node.data.title === "Other")).toBe(true);
    const added = draw(before, edited({ kind: "addStep", place: { around: null, index: 0 } }));
    expect(added.nodes.length).toBe(before.nodes.length + 1);
    const moved = draw(before, edited({ kind: "moveSteps", keys: ["last"], to: { around: null, index: 0 } }));
    expect(moved.edges).not.toBe(before.edges);
    // As a drawing from nothing.
    for (const drawing of [renamed, added, moved]) {
      expect(drawing.nodes).toEqual(draw(null, drawing.facts).nodes);
      expect(drawing.edges).toEqual(draw(null, drawing.facts).edges);
    }
  });

  test("a problem, a pin and a dragged step are marked", () => {
    const marked = draw(before, {
      ...facts,
      problems: [{ pointer: "/steps/0", step: "first", message: "x" }],
      pins: { last: 1 },
    });
    expect(others(marked)).toEqual(["step:first", "step:last"]);
    expect(others(draw(before, { ...facts, dragged: ["inside"] }))).toEqual(["step:inside"]);
  });
});

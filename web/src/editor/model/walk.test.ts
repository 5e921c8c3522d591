import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { dropPlaces, nearestPlace } from "./drop.ts";
import { layout, stepNodeId } from "./layout.ts";
import { apply } from "./operations.ts";
import { allSteps, findStep } from "./steps.ts";
import { between, type Direction, neighbour, placeAfter, placeBelow } from "./walk.ts";

function step(key: string, more: Partial<Step> = {}): Step {
  return { key, title: key, action: null, inputs: {}, onError: "stop", retry: true, ...more };
}

const decision = { any: [{ all: [{ left: "{{ trigger.plan }}", operator: "$exists" }] }] };

/** find, check? (yes, again | no), each (write), last */
const definition: Definition = {
  trigger: { appEvent: "Lead" },
  steps: [
    step("find"),
    step("check", { if: decision, then: [step("yes"), step("again")], else: [step("no")] }),
    step("each", { forEach: "{{ trigger.people }}", steps: [step("write")] }),
    step("last"),
  ],
};
const { steps } = definition;

describe("the arrow keys", () => {
  it("read the drawing from top to bottom, and end at its ends", () => {
    const seen: (string | null)[] = [];
    for (let at: string | null = null; ; ) {
      const next: string | null = neighbour(steps, at, "down");
      if (next === at) break;
      seen.push(next);
      at = next;
    }
    expect(seen).toEqual(["find", "check", "yes", "again", "no", "each", "write", "last"]);
    expect(neighbour(steps, "find", "up")).toBeNull();
    expect(neighbour(steps, "no", "up")).toBe("again");
  });

  it("lead into branches, between them and out again", () => {
    expect(neighbour(steps, "check", "right")).toBe("yes");
    expect(neighbour(steps, "again", "right")).toBe("no");
    expect(neighbour(steps, "no", "left")).toBe("yes");
    expect(neighbour(steps, "yes", "left")).toBe("check");
    expect(neighbour(steps, "last", "right")).toBe("last");
  });

  it("choose a range in the order of reading, whichever end comes first", () => {
    expect(between(steps, "check", "no")).toEqual(["check", "yes", "again", "no"]);
    expect(between(steps, "no", "again")).toEqual(["again", "no"]);
  });
});

describe("moving a step by one", () => {
  function keysAfter(key: string, ...directions: Direction[]): string[] {
    let now: Definition = definition;
    for (const direction of directions) {
      const to = placeAfter(now.steps, key, direction);
      if (to) now = apply(now, { kind: "moveSteps", keys: [key], to });
    }
    return allSteps(now.steps).map((each) => each.key);
  }

  it("leads past its neighbours, through branches and loops, and back", () => {
    expect(keysAfter("find", "down")).toEqual([
      "check",
      "find",
      "yes",
      "again",
      "no",
      "each",
      "write",
      "last",
    ]);
    const ways = Array.from({ length: 10 }, (): Direction => "down");
    expect(keysAfter("find", ...ways).at(-1)).toBe("find");
    const back = ways.map((): Direction => "up");
    expect(keysAfter("find", ...ways, ...back)).toEqual(allSteps(steps).map((each) => each.key));
  });

  it("goes from one branch to the other", () => {
    const to = placeAfter(steps, "again", "right");
    expect(to).toEqual({ around: { key: "check", branch: "else" }, index: 1 });
    expect(placeAfter(steps, "find", "left")).toBeNull();
    expect(placeAfter(steps, "find", "up")).toBeNull();
    expect(placeAfter(steps, "last", "down")).toBeNull();
  });

  it("puts what is new below what is chosen", () => {
    expect(placeBelow(steps, "yes")).toEqual({ around: { key: "check", branch: "then" }, index: 1 });
    expect(placeBelow(steps, null)).toEqual({ around: null, index: 0 });
  });
});

describe("moving several steps", () => {
  it("keeps their order and takes along what is inside them, once", () => {
    const to = { around: { key: "each", branch: "steps" }, index: 0 } as const;
    const after = apply(definition, { kind: "moveSteps", keys: ["last", "check", "yes"], to });
    expect(findStep(after.steps, "each")?.step.steps?.map((each) => each.key)).toEqual([
      "check",
      "last",
      "write",
    ]);
    expect(allSteps(after.steps)).toHaveLength(8);
  });

  it("is no edit where nothing would change", () => {
    expect(
      apply(definition, { kind: "moveSteps", keys: ["check", "find"], to: { around: null, index: 1 } }),
    ).toBe(definition);
  });
});

describe("where a dragged step can be let go", () => {
  const placed = layout(definition);
  const node = (key: string) => {
    const found = placed.nodes.find((each) => each.id === stepNodeId(key));
    if (!found) throw new Error(`no node for ${key}`);
    return { x: found.x + found.width / 2, y: found.y + found.height / 2, top: found.y };
  };
  const placesFor = (...keys: string[]) => dropPlaces(placed, steps, keys);

  it("is every place but its own and those inside itself", () => {
    const lists = (key: string) =>
      placesFor(key).map(
        ({ place }) => `${place.around ? `${place.around.key}/${place.around.branch}` : ""}${place.index}`,
      );
    expect(lists("check").sort()).toEqual(["0", "3", "4", "each/steps0", "each/steps1"]);
    expect(lists("write")).toContain("check/then2");
    expect(lists("write")).not.toContain("each/steps1");
  });

  it("is the one that the pointer is nearest to, in the branch that it is over", () => {
    const places = placesFor("last");
    const above = node("no");
    expect(nearestPlace(places, above.x + 20, above.top - 10)?.place).toEqual({
      around: { key: "check", branch: "else" },
      index: 0,
    });
    const write = node("write");
    expect(nearestPlace(places, write.x, write.y + 60)?.place).toEqual({
      around: { key: "each", branch: "steps" },
      index: 1,
    });
    expect(nearestPlace(places, 5000, 0)).toBeNull();
  });
});

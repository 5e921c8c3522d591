import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { perform, redo, startHistory, undo } from "./history.ts";
import { freeKey } from "./keys.ts";
import { apply, type Operation } from "./operations.ts";
import { allSteps } from "./steps.ts";

function step(key: string, inputs: Step["inputs"] = {}): Step {
  return { key, title: key, action: "contacts.create", inputs, onError: "stop", retry: true };
}

const two: Definition = {
  trigger: { appEvent: "Contact Created" },
  steps: [step("find"), step("write", { id: "{{ steps.find.id }}" })],
};

function check(operation: Operation, expected: (definition: Definition) => unknown, value: unknown) {
  const before = structuredClone(two);
  const after = apply(two, operation);
  expect(expected(after)).toEqual(value);
  expect(two).toEqual(before);
}

const keys = (definition: Definition) => definition.steps.map((each) => each.key);

describe("operations", () => {
  it("insert a step where the plus was", () => {
    check({ kind: "addStep", place: { around: null, index: 1 } }, keys, ["find", "new_step", "write"]);
    check({ kind: "addStep", place: { around: null, index: 99 } }, keys, ["find", "write", "new_step"]);
  });

  it("remove, move and duplicate steps", () => {
    check({ kind: "removeSteps", keys: ["find"] }, keys, ["write"]);
    check({ kind: "moveSteps", keys: ["write"], to: { around: null, index: 0 } }, keys, ["write", "find"]);
    check({ kind: "moveSteps", keys: ["find"], to: { around: null, index: 5 } }, keys, ["write", "find"]);
    check({ kind: "duplicateSteps", keys: ["find"] }, keys, ["find", "find_2", "write"]);
  });

  it("change nothing when the step is gone", () => {
    for (const operation of [
      { kind: "removeSteps", keys: ["x"] },
      { kind: "moveSteps", keys: ["x"], to: { around: null, index: 0 } },
      { kind: "setInput", key: "x", name: "a", value: 1 },
      { kind: "duplicateSteps", keys: ["x"] },
    ] satisfies Operation[]) {
      check(operation, (definition) => definition, two);
    }
  });

  it("set an input and take an emptied one away", () => {
    check(
      { kind: "setInput", key: "find", name: "email", value: "{{ trigger.email }}" },
      (d) => d.steps[0]?.inputs,
      { email: "{{ trigger.email }}" },
    );
    check({ kind: "setInput", key: "write", name: "id", value: "" }, (d) => d.steps[1]?.inputs, {});
    check({ kind: "setInput", key: "find", name: "n", value: 0 }, (d) => d.steps[0]?.inputs, { n: 0 });
  });

  it("set the trigger, the title, what a failure means and whether to retry", () => {
    check({ kind: "setTrigger", trigger: null }, (d) => d.trigger, null);
    check({ kind: "setOnError", key: "find", onError: "continue" }, (d) => d.steps[0]?.onError, "continue");
    check({ kind: "setRetry", key: "find", retry: false }, (d) => d.steps[0]?.retry, false);
  });

  it("name a new step after its action, in its key and in what refers to it", () => {
    const added = apply({ ...two, steps: [] }, { kind: "addStep", place: { around: null, index: 0 } });
    const referring: Definition = {
      ...added,
      steps: [...added.steps, step("later", { note: "id {{ steps.new_step.id }}" })],
    };
    const chosen = apply(referring, {
      kind: "setAction",
      key: "new_step",
      action: { name: "contacts.create", title: "Create contact" },
    });
    expect(keys(chosen)).toEqual(["create_contact", "later"]);
    expect(chosen.steps[0]).toMatchObject({ title: "Create contact", action: "contacts.create" });
    expect(chosen.steps[1]?.inputs.note).toBe("id {{ steps.create_contact.id }}");
  });

  it("keep the name that a person gave when the action changes", () => {
    check(
      { kind: "setAction", key: "find", action: { name: "notes.create", title: "Create note" } },
      (d) => [d.steps[0]?.key, d.steps[0]?.title, d.steps[0]?.action],
      ["find", "find", "notes.create"],
    );
  });

  it("make keys that the server accepts", () => {
    expect(freeKey("Créer 2 contacts!", [])).toBe("creer_2_contacts");
    expect(freeKey("2 fast", [])).toBe("fast");
    expect(freeKey("日本", [])).toBe("step");
    expect(freeKey("find", [step("find"), step("find_2")])).toBe("find_3");
  });
});

const nested: Definition = {
  trigger: null,
  steps: [
    step("find"),
    {
      ...step("known"),
      action: null,
      if: { any: [{ all: [{ left: "{{ steps.find.results }}", operator: "$arrayIsNotEmpty" }] }] },
      then: [step("update", { id: "{{ steps.find.results[0].id }}" })],
      else: [],
    },
    {
      ...step("each"),
      action: null,
      forEach: "{{ trigger.people }}",
      as: "person",
      steps: [
        step("write", { email: "{{ person.email | lower }}", note: "person.x" }),
        step("note", { of: "{{ steps.write.id }}" }),
      ],
    },
  ],
};
const deepKeys = (definition: Definition) => allSteps(definition.steps).map((each) => each.key);

describe("operations on steps inside others", () => {
  const changed = (operation: Operation) => apply(nested, operation);

  it("insert, move, remove and change at any depth, and leave the rest as it is", () => {
    const inElse = { around: { key: "known", branch: "else" }, index: 0 } as const;
    expect(deepKeys(changed({ kind: "addStep", place: inElse }))).toEqual([
      "find",
      "known",
      "update",
      "new_step",
      "each",
      "write",
      "note",
    ]);
    const moved = changed({ kind: "moveSteps", keys: ["note"], to: inElse });
    expect(deepKeys(moved)).toEqual(["find", "known", "update", "note", "each", "write"]);
    expect(moved.steps[0]).toBe(nested.steps[0]);
    expect(deepKeys(changed({ kind: "removeSteps", keys: ["update"] }))).not.toContain("update");
    const edited = changed({ kind: "setInput", key: "write", name: "city", value: "B" });
    expect(edited.steps[2]?.steps?.[0]?.inputs.city).toBe("B");
    expect(edited.steps[1]).toBe(nested.steps[1]);
  });

  it("never move a step into itself", () => {
    const to = { around: { key: "each", branch: "steps" }, index: 0 } as const;
    expect(changed({ kind: "moveSteps", keys: ["each"], to })).toBe(nested);
  });

  it("copy a step with all that is inside it, under keys of its own", () => {
    const copied = changed({ kind: "duplicateSteps", keys: ["each"] });
    expect(deepKeys(copied).slice(-3)).toEqual(["each_2", "write_2", "note_2"]);
    expect(copied.steps[3]?.steps?.[1]?.inputs.of).toBe("{{ steps.write_2.id }}");
    expect(copied.steps[2]?.steps?.[1]?.inputs.of).toBe("{{ steps.write.id }}");
  });

  it("rename a step with its key, wherever it is referred to", () => {
    const renamed = changed({ kind: "renameStep", key: "find", title: "Look it up" });
    expect(renamed.steps[0]).toMatchObject({ key: "look_it_up", title: "Look it up" });
    expect(renamed.steps[1]?.if?.any[0]?.all[0]?.left).toBe("{{ steps.look_it_up.results }}");
    expect(renamed.steps[1]?.then?.[0]?.inputs.id).toBe("{{ steps.look_it_up.results[0].id }}");
    // A key that a person chose stays.
    const own = apply(
      { ...nested, steps: [{ ...step("f1"), title: "Find" }] },
      { kind: "renameStep", key: "f1", title: "Look" },
    );
    expect(own.steps[0]).toMatchObject({ key: "f1", title: "Look" });
  });

  it("rename a loop's item in its expressions alone", () => {
    const [write] = changed({ kind: "setItemName", key: "each", name: "colleague" }).steps[2]?.steps ?? [];
    expect(write?.inputs).toEqual({ email: "{{ colleague.email | lower }}", note: "person.x" });
  });

  it("begin a step of any kind with its name and what it needs", () => {
    const place = { around: null, index: 3 };
    const condition = apply(changed({ kind: "addStep", place }), {
      kind: "setKind",
      key: "new_step",
      step: "if",
    });
    expect(condition.steps[3]).toMatchObject({ key: "condition", title: "Condition", then: [], else: [] });
    const delay = apply(changed({ kind: "addStep", place }), {
      kind: "setKind",
      key: "new_step",
      step: "delay",
    });
    expect(delay.steps[3]).toMatchObject({ key: "delay", delay: { amount: 5, unit: "minutes" } });
  });

  it("leave a Function's code alone when a step is renamed", () => {
    const code = "return steps.find";
    const definition: Definition = {
      ...nested,
      steps: [
        step("find"),
        {
          ...step("fn"),
          action: null,
          function: { code, parameters: { a: "{{ [steps.find.id, 'steps.find'] }}" } },
        },
      ],
    };
    const [, fn] = apply(definition, { kind: "renameStep", key: "find", title: "Look" }).steps;
    expect(fn?.function).toEqual({ code, parameters: { a: "{{ [steps.look.id, 'steps.find'] }}" } });
  });
});

describe("undo and redo", () => {
  it("go back and forth through operations", () => {
    let history = startHistory(two);
    history = perform(history, { kind: "removeSteps", keys: ["find"] });
    history = perform(history, { kind: "setTrigger", trigger: null });
    expect(keys(undo(undo(history)).present)).toEqual(["find", "write"]);
    expect(redo(redo(undo(undo(history)))).present).toEqual(history.present);
    expect(undo(startHistory(two)).present).toBe(two);
    expect(redo(history)).toBe(history);
  });

  it("take typing into one field back at once", () => {
    let history = startHistory(two);
    for (const value of ["a", "an", "ann"]) {
      history = perform(history, { kind: "setInput", key: "find", name: "email", value });
    }
    history = perform(history, { kind: "setInput", key: "find", name: "city", value: "B" });
    expect(undo(history).present.steps[0]?.inputs).toEqual({ email: "ann" });
    expect(undo(undo(history)).present).toBe(two);
  });

  it("forget what was undone once something new is done", () => {
    let history = perform(startHistory(two), { kind: "removeSteps", keys: ["find"] });
    history = perform(undo(history), { kind: "setTrigger", trigger: null });
    expect(history.future).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/types.ts";
import { perform, redo, startHistory, undo } from "./history.ts";
import { apply, freeKey, type Operation } from "./operations.ts";

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
    check({ kind: "addStep", index: 1 }, keys, ["find", "new_step", "write"]);
    check({ kind: "addStep", index: 99 }, keys, ["find", "write", "new_step"]);
  });

  it("remove, move and duplicate steps", () => {
    check({ kind: "removeStep", key: "find" }, keys, ["write"]);
    check({ kind: "moveStep", key: "write", to: 0 }, keys, ["write", "find"]);
    check({ kind: "moveStep", key: "find", to: 5 }, keys, ["write", "find"]);
    check({ kind: "duplicateStep", key: "find" }, keys, ["find", "find_2", "write"]);
  });

  it("change nothing when the step is gone", () => {
    for (const operation of [
      { kind: "removeStep", key: "x" },
      { kind: "moveStep", key: "x", to: 0 },
      { kind: "setInput", key: "x", name: "a", value: 1 },
      { kind: "duplicateStep", key: "x" },
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
    check({ kind: "renameStep", key: "find", title: "Look" }, (d) => d.steps[0]?.title, "Look");
    check({ kind: "setOnError", key: "find", onError: "continue" }, (d) => d.steps[0]?.onError, "continue");
    check({ kind: "setRetry", key: "find", retry: false }, (d) => d.steps[0]?.retry, false);
  });

  it("name a new step after its action, in its key and in what refers to it", () => {
    const added = apply({ ...two, steps: [] }, { kind: "addStep", index: 0 });
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

describe("undo and redo", () => {
  it("go back and forth through operations", () => {
    let history = startHistory(two);
    history = perform(history, { kind: "removeStep", key: "find" });
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
    let history = perform(startHistory(two), { kind: "removeStep", key: "find" });
    history = perform(undo(history), { kind: "setTrigger", trigger: null });
    expect(history.future).toEqual([]);
  });
});

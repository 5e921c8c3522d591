import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../../api/definition.ts";
import { deployChanges } from "./diff.ts";
import { checkExample, TUTORIAL_EXAMPLE } from "./example.ts";
import { END_ID, layout, NODE_HEIGHT, TRIGGER_ID } from "./layout.ts";
import { NO_TITLES } from "./names.ts";
import { outputOf } from "./outputs.ts";
import { stepSummary } from "./summary.ts";
import { chipFor, fieldsOf, sourcesFor } from "./variables.ts";

function step(key: string, changes: Partial<Step> = {}): Step {
  return { key, title: key, action: "contacts.create", inputs: {}, onError: "stop", retry: true, ...changes };
}

const definition: Definition = {
  trigger: { appEvent: "Contact Created" },
  steps: [step("a", { inputs: { email: "{{ trigger.email }}", city: "B" } }), step("b")],
};

describe("layout", () => {
  it("puts the trigger on top, the steps below, and a plus on each line", () => {
    const { nodes, edges } = layout(definition);
    expect(nodes.map((node) => node.id)).toEqual([TRIGGER_ID, "step:a", "step:b", END_ID]);
    expect(edges.map(({ source, target, insertAt }) => [source, target, insertAt?.index])).toEqual([
      [TRIGGER_ID, "step:a", 0],
      ["step:a", "step:b", 1],
      ["step:b", END_ID, undefined],
    ]);
    nodes.slice(1).forEach((node, index) => {
      expect(node.y).toBeGreaterThanOrEqual((nodes[index]?.y ?? 0) + NODE_HEIGHT);
    });
  });

  it("has room for the first step of an empty workflow", () => {
    const { nodes, edges } = layout({ trigger: null, steps: [] });
    expect(nodes.at(-1)).toMatchObject({ kind: "end", place: { around: null, index: 0 } });
    expect(edges).toMatchObject([{ source: TRIGGER_ID, target: END_ID, insertAt: null }]);
  });
});

describe("what a deploy changes", () => {
  it("is everything on the first deploy", () => {
    expect(deployChanges(null, definition).map(({ kind, what }) => [kind, what])).toEqual([
      ["added", "Trigger"],
      ["added", "a"],
      ["added", "b"],
    ]);
  });

  it("is nothing when nothing changed", () => {
    expect(deployChanges(definition, structuredClone(definition))).toEqual([]);
  });

  it("names added, changed and removed steps, and the inputs that differ", () => {
    const after: Definition = {
      trigger: { appEvent: "Lead Created" },
      steps: [step("a", { inputs: { email: "{{ trigger.mail }}" }, retry: false }), step("c")],
    };
    expect(deployChanges(definition, after)).toEqual([
      { kind: "changed", what: "Trigger", details: ["App Event “Lead Created”, was “Contact Created”"] },
      {
        kind: "changed",
        what: "a",
        details: ["email: {{ trigger.email }} → {{ trigger.mail }}", "city: B → empty", "no longer retries"],
      },
      { kind: "added", what: "c", details: [] },
      { kind: "removed", what: "b", details: [] },
    ]);
  });

  it("sees a changed order", () => {
    const [a, b] = definition.steps;
    const after = { ...definition, steps: [b, a].filter((each) => each !== undefined) };
    expect(deployChanges(definition, after).map((change) => change.details)).toEqual([["moved"], ["moved"]]);
  });
});

describe("an App Event's example", () => {
  const message = (text: string) => {
    const checked = checkExample(text);
    return checked.ok ? "fine" : checked.message;
  };

  it("is a JSON object", () => {
    expect(checkExample(JSON.stringify(TUTORIAL_EXAMPLE))).toEqual({ ok: true, value: TUTORIAL_EXAMPLE });
    expect(message("{}")).toBe("fine");
  });

  it("is not another JSON value, and says which it is", () => {
    expect(message("[1]")).toContain("This is a list");
    expect(message('"x"')).toContain("This is a text");
    expect(message("12")).toContain("This is a number");
    expect(message("null")).toContain("This is null");
    expect(message("  ")).toContain("Write an example");
  });

  it("says where bad JSON is bad, and why", () => {
    expect(message('{\n  "a": 1,\n}')).toMatch(/line 3, column 1\. Remove the comma/);
    expect(message("{ a: 1 }")).toMatch(/line 1, column 3\. Names and texts need double quotes/);
    expect(message("{ \"a\": 'x' }")).toMatch(/JSON wants double quotes/);
    expect(message('{ "a": 1')).toMatch(/ends too early/);
  });
});

describe("variables", () => {
  const sources = sourcesFor("b", {
    definition,
    titles: NO_TITLES,
    examples: {},
    samples: {},
    eventExample: { email: "b@example.com", "First Name": "Ann", nested: { list: [{ x: 1 }] } },
    settings: [{ id: "list" }],
    userMetadata: { plan: "pro" },
    secrets: ["CRM_TOKEN"],
  });

  it("come from the trigger, earlier steps, settings, the user and secrets", () => {
    expect(sources.map((source) => source.title)).toEqual(["Trigger", "a", "Settings", "User", "Secrets"]);
  });

  it("are listed as a tree with samples, filtered by what is typed", () => {
    const [trigger] = sources;
    if (!trigger) throw new Error("there is a trigger");
    expect(fieldsOf(trigger, "").map((field) => [field.label, field.depth, field.sample])).toEqual([
      ["email", 0, "b@example.com"],
      ["First Name", 0, "Ann"],
      ["nested", 0, "object"],
      ["list", 1, "list of 1"],
      ["0", 2, "object"],
      ["x", 3, "1"],
    ]);
    expect(fieldsOf(trigger, "first").map((field) => field.path)).toEqual([["trigger", "First Name"]]);
    expect(fieldsOf(trigger, "trigger.em").map((field) => field.label)).toEqual(["email"]);
  });

  it("have the fields of an action's output that the connector gives a sample of", () => {
    const answers = { "notes.read": { note: { text: "Hello" } } };
    expect(outputOf(step("a", { action: "notes.read" }), answers)).toEqual({ note: { text: "Hello" } });
    expect(outputOf(step("a", { action: "notes.read", onError: "continue" }), answers)).toMatchObject({
      note: { text: "Hello" },
      error: { code: "unreachable" },
    });
    // Without one it is what most providers' records look like.
    expect(outputOf(step("a", { action: "notes.make" }), answers)).toMatchObject({ id: "101" });
  });

  it("name secrets, and never what they hold", () => {
    const secrets = sources.find((source) => source.kind === "secrets");
    if (!secrets) throw new Error("there are secrets");
    expect(fieldsOf(secrets, "").map((field) => [field.label, field.sample])).toEqual([
      ["CRM_TOKEN", "hidden"],
    ]);
    expect(chipFor("secrets.CRM_TOKEN", sources).problem).toBeNull();
    expect(chipFor("secrets.CRM_TOKNE", sources).problem).toBe("there is no secret “CRM_TOKNE”");
  });

  it("show as chips that say what they are, or what is wrong", () => {
    expect(chipFor("trigger.email", sources)).toMatchObject({
      label: "email",
      kind: "trigger",
      problem: null,
    });
    expect(chipFor("trigger.email", sources).title).toContain("b@example.com");
    expect(chipFor("trigger.nope", sources).problem).toContain("no “nope”");
    expect(chipFor("steps.a.id", sources)).toMatchObject({ kind: "step", problem: null });
    expect(chipFor("steps.b.id", sources).problem).toBe("there is no earlier step “b”");
    expect(chipFor("settings.nope", sources).problem).toBe("there is no setting “nope”");
    expect(chipFor("event.email", sources).problem).toBe("there is no “event”");
    expect(chipFor("trigger.email | upper", sources)).toMatchObject({ kind: "expression", problem: null });
  });
});

describe("a node's summary", () => {
  it("says what goes in from where", () => {
    const [a] = definition.steps;
    if (!a) throw new Error("there is a step");
    expect(stepSummary(a, "Create contact")).toBe("Create contact · email ← trigger.email +1");
    expect(stepSummary({ ...a, title: "Create contact" }, "Create contact")).toBe("email ← trigger.email +1");
    expect(stepSummary({ ...a, action: null }, undefined)).toBe("Choose what it does");
  });
});

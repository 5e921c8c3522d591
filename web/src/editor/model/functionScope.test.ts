import { readFileSync } from "node:fs";
import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { completeScope } from "../../ui/completeScope.ts";
import { functionScope, LIBRARIES } from "./functionScope.ts";
import type { VariableSource } from "./variables.ts";

const sources: VariableSource[] = [
  {
    id: "trigger",
    title: "Trigger",
    kind: "trigger",
    root: ["trigger"],
    sample: { lead: { email: "a@b.c", tags: ["x"] } },
    open: true,
    emptyHint: "",
  },
];

function offered(code: string): string[] {
  const scope = functionScope(
    { lead: "{{ trigger.lead }}", greeting: "Hi {{ trigger.lead.email }}", n: 3 },
    sources,
  );
  const context = new CompletionContext(EditorState.create({ doc: code }), code.length, false);
  const result = completeScope(() => scope)(context);
  if (result instanceof Promise || result === null) return [];
  return result.options.map(({ label, detail }) => `${label}: ${detail}`);
}

describe("a Function's code", () => {
  it("is offered its parameters with their types, as deep as the samples go", () => {
    expect(offered("return param")).toEqual(["parameters: object", "libraries: object"]);
    expect(offered("return parameters.")).toEqual(["lead: object", 'greeting: text · ""', "n: number · 3"]);
    expect(offered("parameters.lead.")).toEqual(['email: text · "a@b.c"', "tags: list of 1"]);
    expect(offered("const x = parameters?.lead?.")).toHaveLength(2);
    expect(offered("somebody.else.")).toEqual([]);
  });

  it("is offered every library that there is", () => {
    expect(offered("libraries.text.")).toContain("slug: (text)");
    const page = readFileSync("../docs/functions.md", "utf8");
    const documented = [...page.matchAll(/libraries\.(\w+)\.(\w+)\(/g)].map(
      ([, group, name]) => `${group}.${name}`,
    );
    const known = Object.entries(LIBRARIES).flatMap(([group, functions]) =>
      Object.keys(functions as object).map((name) => `${group}.${name}`),
    );
    expect(new Set(known)).toEqual(new Set(documented));
  });
});

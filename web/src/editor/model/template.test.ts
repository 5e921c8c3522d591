import { describe, expect, it } from "vitest";
import {
  expressions,
  openAt,
  referencePath,
  renameReferences,
  valueAt,
  writeExpression,
  writeReference,
} from "./template.ts";

const sources = (text: string) => expressions(text).map((found) => found.source);

describe("expressions in a text", () => {
  it("are found with their places", () => {
    expect(expressions("Hi {{ trigger.name }}!")).toEqual([{ from: 3, to: 21, source: "trigger.name" }]);
    expect(sources("{{a}}{{ b }} and {{ c.d }}")).toEqual(["a", "b", "c.d"]);
    expect(sources("no braces } here {")).toEqual([]);
  });

  it("may hold braces in quotes and objects", () => {
    expect(sources(`{{ '}}' }}`)).toEqual(["'}}'"]);
    expect(sources(`{{ trigger["a }} b"] }} x`)).toEqual(['trigger["a }} b"]']);
    expect(sources(`{{ {'a': {'b': 2}}.a.b }}`)).toEqual(["{'a': {'b': 2}}.a.b"]);
    expect(sources(`{{ "quote \\" }} still" }}`)).toEqual(['"quote \\" }} still"']);
  });

  it("are not what is escaped or not closed", () => {
    expect(sources("{{{{ not }} one {{ b }}")).toEqual(["b"]);
    expect(sources("{{ trigger.email")).toEqual([]);
  });
});

describe("the place of the variable menu", () => {
  it("is behind two braces that are not closed", () => {
    expect(openAt("{{", 2)).toEqual({ from: 0, typed: "" });
    expect(openAt("Hi {{ em", 8)).toEqual({ from: 3, typed: "em" });
    expect(openAt("{{ a }} {{", 10)).toEqual({ from: 8, typed: "" });
  });

  it("is nowhere else", () => {
    expect(openAt("{", 1)).toBeNull();
    expect(openAt("{{ a }}", 7)).toBeNull();
    expect(openAt("{{{{", 4)).toBeNull();
    expect(openAt("{{ a", 0)).toBeNull();
  });
});

describe("references", () => {
  const paths: [string, (string | number)[]][] = [
    ["trigger.email", ["trigger", "email"]],
    ['trigger["First Name"]', ["trigger", "First Name"]],
    ["trigger.list[0].x", ["trigger", "list", 0, "x"]],
    ['steps.find["a \\"quoted\\" one"]', ["steps", "find", 'a "quoted" one']],
  ];

  it.each(paths)("%s is read and written alike", (text, path) => {
    expect(referencePath(text)).toEqual(path);
    expect(writeReference(path)).toBe(text);
  });

  it("quote names that are no identifiers", () => {
    expect(writeExpression(["trigger", "e-mail"])).toBe('{{ trigger["e-mail"] }}');
    expect(writeExpression(["trigger", "1st"])).toBe('{{ trigger["1st"] }}');
  });

  it("are not every expression", () => {
    for (const text of ["a + b", "trigger.email | upper", "'text'", "1", "trigger."]) {
      expect(referencePath(text)).toBeNull();
    }
  });

  it("follow a step's new key, and only that step's", () => {
    const value = {
      a: "{{ steps.old.id }} {{ steps.other.id }} {{ trigger.old }}",
      b: ["{{ steps.old }}", 1],
    };
    expect(renameReferences(value, { of: "step", from: "old", to: "new" })).toEqual({
      a: "{{ steps.new.id }} {{ steps.other.id }} {{ trigger.old }}",
      b: ["{{ steps.new }}", 1],
    });
  });

  it("find their sample value", () => {
    expect(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
    expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
  });
});

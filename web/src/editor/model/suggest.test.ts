import { describe, expect, it } from "vitest";
import { editDistance, suggestionFor, withSuggestion } from "./suggest.ts";
import type { VariableSource } from "./variables.ts";

function source(root: string[], sample: VariableSource["sample"], open = true): VariableSource {
  const kind = root[0] === "steps" ? "step" : (root[0] as VariableSource["kind"]);
  return { id: root.join(":"), title: root.join("."), kind, root, sample, open, emptyHint: "" };
}

const sources = [
  source(["trigger"], { email: "a@b.c", first_name: "A", title: "Dog", address: { city: "B" } }),
  source(["steps", "find_contact"], { results: [], total: 1 }),
  source(["settings"], { list: "" }, false),
];

function mended(text: string): string | null {
  const suggestion = suggestionFor(text, sources);
  return suggestion && withSuggestion(text, suggestion);
}

describe("a reference that leads nowhere", () => {
  it("is mended to the nearest name there is", () => {
    expect(mended("Hello {{ trigger.fist_name }}!")).toBe("Hello {{ trigger.first_name }}!");
    expect(mended("{{ trigger.adress.city }}")).toBe("{{ trigger.address.city }}");
    expect(mended("{{ settings.lits }}")).toBe("{{ settings.list }}");
    expect(mended("{{ triger.email }}")).toBe("{{ trigger.email }}");
  });

  it("follows a step whose key changed, with what is read of it", () => {
    expect(mended("{{ steps.find_contacts.total }}")).toBe("{{ steps.find_contact.total }}");
    expect(mended("{{ steps.find_contcat.paging.next }}")).toBe("{{ steps.find_contact.paging.next }}");
  });

  it("is left alone where nothing is near, and where all is well", () => {
    expect(mended("{{ trigger.zip_code_of_work }}")).toBeNull();
    expect(mended("{{ trigger.phone }}")).toBeNull();
    expect(mended("{{ trigger.email }} {{ trigger.email | lower }}")).toBeNull();
  });
});

describe("the distance of two names", () => {
  it("counts letters, and a swap once", () => {
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("lits", "list")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});

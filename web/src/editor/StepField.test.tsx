import { EditorView } from "@codemirror/view";
import { act, fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { show } from "../test/render.tsx";
import type { VariableSource } from "./model/variables.ts";
import { readJson } from "./StepField.tsx";
import { VariableInput } from "./VariableInput.tsx";

const sources: VariableSource[] = [
  {
    id: "trigger",
    title: "Trigger",
    kind: "trigger",
    root: ["trigger"],
    sample: { email: "b@example.com", "First Name": "Ann" },
    open: true,
    emptyHint: "",
  },
];

let last = "";

function Field({ start }: { start: string }) {
  const [text, setText] = useState(start);
  last = text;
  return <VariableInput label="Email" value={text} sources={sources} onChange={setText} />;
}

function editor(): EditorView {
  const found = EditorView.findFromDOM(screen.getByRole("textbox", { name: "Email" }));
  if (!found) throw new Error("the field is an editor");
  return found;
}

function type(text: string) {
  act(() => {
    const view = editor();
    view.focus();
    view.dispatch(view.state.replaceSelection(text));
  });
}

describe("a field with variables", () => {
  it("shows an expression as one chip with its last name", () => {
    show(<Field start="Hi {{ trigger.email }}!" />);
    const chip = document.querySelector(".variable-chip");
    expect(chip?.textContent).toContain("email");
    expect(chip?.getAttribute("title")).toContain("b@example.com");
    expect(screen.getByRole("textbox", { name: "Email" }).textContent).not.toContain("{{");
  });

  it("opens the menu on two braces, filters it, and inserts what is chosen", () => {
    show(<Field start="" />);
    type("{{");
    expect(screen.getByRole("option", { name: "email" })).toBeTruthy();
    type("first");
    expect(screen.queryByRole("option", { name: "email" })).toBeNull();
    fireEvent.click(screen.getByRole("option", { name: "First Name" }));
    expect(last).toBe('{{ trigger["First Name"] }}');
    expect(screen.queryByRole("option")).toBeNull();
  });

  it("inserts with Enter and closes with Escape", () => {
    show(<Field start="" />);
    const press = (key: string) =>
      act(() => {
        fireEvent.keyDown(screen.getByRole("textbox", { name: "Email" }), { key });
      });
    type("{{");
    press("ArrowDown");
    press("ArrowUp");
    press("Enter");
    expect(last).toBe("{{ trigger.email }}");
    type(" {{");
    press("Escape");
    expect(screen.queryByRole("option")).toBeNull();
    expect(last).toBe("{{ trigger.email }} {{");
  });

  it("deletes a chip whole", () => {
    show(<Field start="{{ trigger.email }}" />);
    act(() => {
      const view = editor();
      view.focus();
      view.dispatch({ selection: { anchor: view.state.doc.length } });
    });
    act(() => {
      fireEvent.keyDown(screen.getByRole("textbox", { name: "Email" }), { key: "Backspace" });
    });
    expect(last).toBe("");
  });

  it("says what is wrong with a name that does not exist", () => {
    show(<Field start="{{ trigger.nope }}" />);
    expect(document.querySelector(".variable-chip[data-problem]")?.textContent).toContain("nope");
    expect(screen.getByText(/has no “nope”/)).toBeTruthy();
  });

  it("stays on one line, whatever is pasted", () => {
    show(<Field start="" />);
    type("a\n  b");
    expect(last).toBe("a b");
  });
});

describe("a JSON field", () => {
  it("reads an object, or a variable that is one", () => {
    expect(readJson('{ "a": "{{ trigger.b }}" }', true)).toEqual({
      value: { a: "{{ trigger.b }}" },
      problem: null,
    });
    expect(readJson("{{ trigger.all }}", true)).toEqual({ value: "{{ trigger.all }}", problem: null });
    expect(readJson(" ", true)).toEqual({ value: undefined, problem: null });
  });

  it("keeps what is not an object as it was typed, and says so", () => {
    expect(readJson("{ a", true)).toMatchObject({
      value: "{ a",
      problem: expect.stringContaining("not JSON yet"),
    });
    expect(readJson("[1]", false)).toEqual({ value: [1], problem: null });
    expect(readJson("[1]", true)).toMatchObject({ value: "[1]", problem: expect.stringContaining("a list") });
  });
});

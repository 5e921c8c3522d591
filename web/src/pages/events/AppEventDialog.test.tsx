import { EditorView } from "@codemirror/view";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { fakeApi, show } from "../../test/render.tsx";
import { AppEventForm } from "./AppEventDialog.tsx";

async function writeExample(text: string) {
  const field = await screen.findByRole("textbox", { name: "Event schema" });
  const editor = EditorView.findFromDOM(field);
  editor?.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
}

describe("creating an App Event", () => {
  it("sends nothing while the example is no JSON object, and says why", async () => {
    const sent = fakeApi(() => ({ status: 201, body: {} }));
    show(<AppEventForm projectId="p1" opened onClose={() => {}} />);
    await userEvent.type(screen.getByLabelText("Event name"), "Contact Created");
    for (const [text, reason] of [
      ["[1]", /This is a list/],
      ['{ "a": 1, }', /Remove the comma/],
    ] as const) {
      await writeExample(text);
      await userEvent.click(screen.getByRole("button", { name: "Create App Event" }));
      expect(await screen.findByText(reason)).toBeTruthy();
    }
    expect(sent).toEqual([]);
  });

  it("sends the name and the sample object", async () => {
    const saved = vi.fn();
    const event = { id: "e1", name: "Contact Created" };
    const sent = fakeApi(() => ({ status: 201, body: event }));
    show(<AppEventForm projectId="p1" opened onClose={() => {}} onSaved={saved} />);
    await screen.findByRole("textbox", { name: "Event schema" });
    await userEvent.click(screen.getByRole("button", { name: "Use the sample" }));
    await userEvent.click(screen.getByRole("button", { name: "Create App Event" }));
    await waitFor(() => expect(saved).toHaveBeenCalledWith(event));
    expect(sent).toMatchObject([
      {
        method: "POST",
        path: "/api/v1/projects/p1/app-events",
        body: { name: "Contact Created", example: { first_name: "Buddha", title: "Dog" } },
      },
    ]);
  });

  it("shows at the field what the server refuses", async () => {
    fakeApi(() => ({
      status: 409,
      body: {
        message: "taken",
        code: "name_taken",
        status: 409,
        meta: { fields: { name: "An App Event has this name." } },
      },
    }));
    show(<AppEventForm projectId="p1" opened startName="Contact Created" onClose={() => {}} />);
    await writeExample("{}");
    await userEvent.click(screen.getByRole("button", { name: "Create App Event" }));
    expect(await screen.findByText("An App Event has this name.")).toBeTruthy();
  });
});

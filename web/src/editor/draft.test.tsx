import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { workflow } from "../../mock-api/seed.ts";
import type { Definition } from "../api/definition.ts";
import { fakeApi, type SentRequest } from "../test/render.tsx";
import { useDraft } from "./draft.ts";

const theirs: Definition = { trigger: { appEvent: "Theirs" }, steps: [] };

const conflict = {
  status: 409,
  body: {
    message: "somebody else changed this draft; nothing was saved",
    code: "draft_changed",
    status: 409,
    meta: { draftRevision: 9, definition: theirs },
  },
};

function start(answer: (request: SentRequest) => { status: number; body: unknown }) {
  const sent = fakeApi(answer);
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, unmount } = renderHook(() => useDraft("p1", workflow), { wrapper });
  return { sent, result, unmount };
}

function saved({ body }: SentRequest) {
  const { revision } = body as { revision: number };
  return { status: 200, body: { draftRevision: revision + 1, problems: [] } };
}

describe("a draft", () => {
  it("saves edits by itself, once for those that come together, with the revision it knows", async () => {
    const { sent, result } = start(saved);
    act(() => result.current.operate({ kind: "renameStep", key: "create_contact", title: "Write" }));
    act(() => result.current.operate({ kind: "setRetry", key: "write", retry: false }));
    expect(result.current.status.kind).toBe("unsaved");
    await waitFor(() => expect(result.current.status.kind).toBe("saved"));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: "PUT",
      path: `/api/v1/projects/p1/workflows/${workflow.id}/draft`,
      body: { revision: 4, definition: { steps: [{ title: "Write", retry: false }] } },
    });
    act(() => result.current.undo());
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]?.body).toMatchObject({ revision: 5, definition: { steps: [{ retry: true }] } });
  });

  it("is saved again when an edit is taken back before it was sent", async () => {
    const { sent, result } = start(saved);
    act(() => result.current.operate({ kind: "setRetry", key: "create_contact", retry: false }));
    expect(result.current.status.kind).toBe("unsaved");
    act(() => result.current.undo());
    expect(result.current.status.kind).toBe("saved");
    expect(sent).toHaveLength(0);
  });

  it("sends what is not saved yet when the page is left", async () => {
    const { sent, result, unmount } = start(saved);
    act(() => result.current.operate({ kind: "setTrigger", trigger: null }));
    unmount();
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("overwrites nobody: a conflict waits for a person, who may keep their own", async () => {
    const answers = [conflict];
    const { sent, result } = start((request) => answers.shift() ?? saved(request));
    act(() => result.current.operate({ kind: "setRetry", key: "create_contact", retry: false }));
    await waitFor(() => expect(result.current.status.kind).toBe("conflict"));
    expect(await result.current.flush()).toBe(false);
    expect(sent).toHaveLength(1);
    act(() => result.current.keepMine());
    await waitFor(() => expect(result.current.status.kind).toBe("saved"));
    expect(sent[1]?.body).toMatchObject({ revision: 9, definition: { steps: [{ retry: false }] } });
  });

  it("puts edits of different things together, and saves them on top of the other's", async () => {
    const [first] = workflow.draft.steps;
    if (!first) throw new Error("the seed has a step");
    const definition = { ...workflow.draft, steps: [{ ...first, title: "Theirs" }] };
    const answers = [{ ...conflict, body: { ...conflict.body, meta: { draftRevision: 9, definition } } }];
    const { sent, result } = start((request) => answers.shift() ?? saved(request));
    act(() => result.current.operate({ kind: "setRetry", key: "create_contact", retry: false }));
    await waitFor(() => expect(sent).toHaveLength(2));
    await waitFor(() => expect(result.current.status.kind).toBe("saved"));
    expect(sent[1]?.body).toMatchObject({
      revision: 9,
      definition: { steps: [{ title: "Theirs", retry: false }] },
    });
    expect(result.current.definition.steps[0]).toMatchObject({ title: "Theirs", retry: false });
  });

  it("or load the other one", async () => {
    const { sent, result } = start(() => conflict);
    act(() => result.current.operate({ kind: "setRetry", key: "create_contact", retry: false }));
    await waitFor(() => expect(result.current.status.kind).toBe("conflict"));
    act(() => result.current.loadTheirs());
    expect(result.current.definition).toEqual(theirs);
    expect(result.current.status.kind).toBe("saved");
    expect(result.current.selection).toEqual({ kind: "trigger" });
    expect(sent).toHaveLength(1);
  });

  it("says when it could not be saved, and saves on the next try", async () => {
    const answers = [
      { status: 503, body: { message: "nothing can be written just now", code: "busy", status: 503 } },
    ];
    const { result } = start((request) => answers.shift() ?? saved(request));
    act(() => result.current.operate({ kind: "setTrigger", trigger: null }));
    await waitFor(() =>
      expect(result.current.status).toEqual({ kind: "failed", message: "Nothing can be written just now" }),
    );
    await act(async () => expect(await result.current.flush()).toBe(true));
    expect(result.current.status.kind).toBe("saved");
  });

  it("chooses what was added, and its neighbour when it is removed", () => {
    const { result } = start(saved);
    act(() => result.current.operate({ kind: "addStep", place: { around: null, index: 0 } }));
    expect(result.current.selection).toEqual({ kind: "step", key: "new_step" });
    const action = { name: "notes.create", title: "Create note" };
    act(() => result.current.operate({ kind: "setAction", key: "new_step", action }));
    expect(result.current.selection).toEqual({ kind: "step", key: "create_note" });
    act(() => result.current.operate({ kind: "removeSteps", keys: ["create_note"] }));
    expect(result.current.selection).toEqual({ kind: "step", key: "create_contact" });
  });
});

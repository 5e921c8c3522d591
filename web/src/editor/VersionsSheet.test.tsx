import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { workflow } from "../../mock-api/seed.ts";
import type { Version } from "../api/workflows.ts";
import { fakeApi, type SentRequest, show } from "../test/render.tsx";
import type { Draft } from "./draft.ts";
import { VersionsSheet } from "./VersionsSheet.tsx";

const versions: Version[] = [
  {
    id: "v3",
    number: 3,
    kind: "deployed",
    createdAt: "2026-01-03T00:00:00Z",
    createdBy: "Ann",
    note: null,
    current: false,
  },
  {
    id: "v2",
    number: 2,
    kind: "deployed",
    createdAt: "2026-01-02T00:00:00Z",
    createdBy: "Ann",
    note: null,
    current: true,
  },
  {
    id: "v1",
    number: 1,
    kind: "saved",
    createdAt: "2026-01-01T00:00:00Z",
    createdBy: "Bob",
    note: "before lunch",
    current: false,
  },
];

function sheet(flush = async () => true) {
  const onClose = vi.fn();
  const sent = fakeApi(({ method, path }: SentRequest) => {
    if (method === "GET") return { status: 200, body: { items: versions, nextCursor: null } };
    return path.endsWith("/restore") || path.endsWith("/deploy")
      ? { status: 200, body: workflow }
      : { status: 201, body: versions[2] };
  });
  const draft = { flush } as unknown as Draft;
  show(
    <VersionsSheet
      projectId="p"
      workflow={workflow}
      draft={draft}
      titles={new Map()}
      opened
      onClose={onClose}
    />,
  );
  const posted = () => sent.filter((request) => request.method === "POST");
  return { posted, onClose };
}

describe("the versions of a workflow", () => {
  it("say what they are, and which one runs", async () => {
    sheet();
    expect(await screen.findByText("Version 2")).toBeTruthy();
    expect(screen.getByText("Runs now")).toBeTruthy();
    expect(screen.getByText("before lunch")).toBeTruthy();
    expect(document.body.textContent).toContain("by Bob");
  });

  it("are restored after the newest edits were saved", async () => {
    const { posted, onClose } = sheet();
    fireEvent.click(await screen.findByRole("button", { name: "Restore version 1" }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(posted().map((request) => request.path)).toEqual([
      `/api/v1/projects/p/workflows/${workflow.id}/versions/1/restore`,
    ]);
  });

  it("are rolled back to in one click: restored and deployed", async () => {
    const { posted, onClose } = sheet();
    expect(await screen.findByText("Version 3")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Roll back to version 1" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Roll back to version 2" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Roll back to version 3" }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    const of = `/api/v1/projects/p/workflows/${workflow.id}`;
    expect(posted().map((request) => request.path)).toEqual([`${of}/versions/3/restore`, `${of}/deploy`]);
  });

  it("are not restored when the newest edits could not be saved", async () => {
    const { posted, onClose } = sheet(async () => false);
    fireEvent.click(await screen.findByRole("button", { name: "Restore version 1" }));
    expect(await screen.findByText(/could not be saved/)).toBeTruthy();
    expect(posted()).toEqual([]);
    expect(onClose).not.toHaveBeenCalled();
  });

  it("are saved with a note", async () => {
    const { posted } = sheet();
    fireEvent.change(screen.getByLabelText("Save the draft as a version"), { target: { value: " lunch " } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(posted()).toHaveLength(1));
    expect(posted()[0]).toMatchObject({
      path: expect.stringMatching(/\/versions$/),
      body: { note: "lunch" },
    });
  });
});

/**
 * The draft being edited: operations in, autosave out. Each save names the revision it began from. When
 * somebody else saved meanwhile, both edits are merged where they are about different things; where they are
 * not, nothing is overwritten until a person has chosen.
 */
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { ApiError, call, messageOf } from "../api/client.ts";
import type { Definition, Problem, Step } from "../api/definition.ts";
import { at, workflowQuery } from "../api/queries.ts";
import type { Workflow } from "../api/workflows.ts";
import { editorText } from "../texts/editor.tsx";
import { type History, perform, redo, replace, startHistory, undo } from "./model/history.ts";
import { merge } from "./model/merge.ts";
import type { Operation } from "./model/operations.ts";
import { allSteps, findStep, listAt, outermost, type Place } from "./model/steps.ts";

/** The trigger, or a step by its key; `also` are further steps that are chosen with it. */
export type Selection = { kind: "trigger" } | { kind: "step"; key: string; also?: readonly string[] };

export function chosenKeys(selection: Selection): string[] {
  return selection.kind === "trigger" ? [] : [selection.key, ...(selection.also ?? [])];
}

interface EditorState {
  history: History;
  selection: Selection;
  /** Another number is another form; a step that only gets a new key keeps its own, and the focus in it. */
  form: number;
}

type EditorEvent =
  | { kind: "operation"; operation: Operation }
  | { kind: "undo" | "redo" }
  | { kind: "load"; definition: Definition }
  /** Somebody else's edits were put together with those here; undo leads back past them. */
  | { kind: "merge"; definition: Definition }
  | { kind: "select"; selection: Selection };

export type SaveStatus =
  | { kind: "saved" | "unsaved" | "saving" }
  | { kind: "failed"; message: string }
  | { kind: "conflict"; theirs: Definition; revision: number };

function reduce(state: EditorState, event: EditorEvent): EditorState {
  const next = { ...changed(state, event), form: state.form };
  const isRename = event.kind === "operation" && RENAMING.has(event.operation.kind);
  const key = ({ selection }: { selection: Selection }) => (selection.kind === "step" ? selection.key : null);
  return isRename || key(next) === key(state) ? next : { ...next, form: state.form + 1 };
}

/** Operations that may give the chosen step another key. */
const RENAMING: ReadonlySet<Operation["kind"]> = new Set(["setAction", "setKind", "renameStep"]);

function changed(state: EditorState, event: EditorEvent): Omit<EditorState, "form"> {
  switch (event.kind) {
    case "operation": {
      const before = state.history.present.steps;
      const history = perform(state.history, event.operation);
      const after = history.present.steps;
      return { history, selection: followSelection(state.selection, event.operation, before, after) };
    }
    case "undo":
    case "redo": {
      const history = event.kind === "undo" ? undo(state.history) : redo(state.history);
      return { history, selection: existing(state.selection, history.present) };
    }
    case "load":
      return {
        history: startHistory(event.definition),
        selection: existing(state.selection, event.definition),
      };
    case "merge": {
      const history = replace(state.history, event.definition);
      return { history, selection: existing(state.selection, event.definition) };
    }
    case "select":
      return { ...state, selection: event.selection };
  }
}

/** What was added is chosen; what was removed gives the choice to its neighbour; a new key is followed. */
function followSelection(
  selection: Selection,
  operation: Operation,
  before: readonly Step[],
  after: readonly Step[],
): Selection {
  switch (operation.kind) {
    case "addStep":
      return stepAt(after, operation.place);
    case "duplicateSteps":
    case "pasteSteps": {
      const known = new Set(allSteps(before).map((step) => step.key));
      const added = allSteps(after).flatMap((step) => (known.has(step.key) ? [] : [step.key]));
      const [first, ...also] = outermost(after, added).map((step) => step.key);
      return first === undefined ? selection : { kind: "step", key: first, also };
    }
    case "removeSteps":
    case "renameStep":
    case "setKind":
    case "setAction": {
      if (selection.kind !== "step") return selection;
      const also = (selection.also ?? []).filter((key) => findStep(after, key));
      if (findStep(after, selection.key)) return { ...selection, also };
      const place = findStep(before, selection.key)?.place;
      return place ? stepAt(after, nearby(place, before, after)) : { kind: "trigger" };
    }
    default:
      return selection;
  }
}

/** The place of a step that is gone, in the list around it that is left. */
function nearby(place: Place, before: readonly Step[], after: readonly Step[]): Place {
  let at = place;
  while (at.around && listAt(after, at.around) === null) {
    at = findStep(before, at.around.key)?.place ?? { around: null, index: 0 };
  }
  return at;
}

/** The step at a place or the last one before it; in an empty list, the step around it. */
function stepAt(steps: readonly Step[], { around, index }: Place): Selection {
  const list = listAt(steps, around) ?? [];
  const step = list[Math.max(0, Math.min(index, list.length - 1))];
  if (step) return { kind: "step", key: step.key };
  return around ? { kind: "step", key: around.key } : { kind: "trigger" };
}

function existing(selection: Selection, definition: Definition): Selection {
  if (selection.kind === "trigger") return selection;
  const [key, ...also] = chosenKeys(selection).filter((each) => findStep(definition.steps, each));
  return key === undefined ? { kind: "trigger" } : { kind: "step", key, also };
}

function start(workflow: Workflow): EditorState {
  const [first] = workflow.draft.steps;
  return {
    form: 0,
    history: startHistory(workflow.draft),
    selection: workflow.draft.trigger && first ? { kind: "step", key: first.key } : { kind: "trigger" },
  };
}

export interface Draft {
  definition: Definition;
  selection: Selection;
  /** Which form is shown: another step has another one. */
  form: number;
  problems: Problem[];
  status: SaveStatus;
  canUndo: boolean;
  canRedo: boolean;
  /** Nothing can be changed: the member's role is not enough. */
  readOnly: boolean;
  operate: (operation: Operation) => void;
  select: (selection: Selection) => void;
  undo: () => void;
  redo: () => void;
  /** Saves what is not saved yet; false when that did not work. */
  flush: () => Promise<boolean>;
  loadTheirs: () => void;
  keepMine: () => void;
}

const DELAY_MS = 500;
const SAVED: SaveStatus = { kind: "saved" };
const UNSAVED: SaveStatus = { kind: "unsaved" };

export function useDraft(projectId: string, workflow: Workflow, readOnly = false): Draft {
  const client = useQueryClient();
  const [state, dispatch] = useReducer(reduce, workflow, start);
  const [problems, setProblems] = useState(workflow.problems);
  const [status, setStatus] = useState<SaveStatus>(SAVED);
  const definition = state.history.present;
  const latest = useRef(definition);
  latest.current = definition;
  const saved = useRef(workflow.draft);
  const revision = useRef(workflow.draftRevision);
  const running = useRef<Promise<boolean> | null>(null);
  const inConflict = useRef(false);

  const saveOnce = useCallback(async (): Promise<boolean> => {
    const sent = latest.current;
    setStatus({ kind: "saving" });
    try {
      const answer = await call<{ draftRevision: number; problems: Problem[] }>(
        "PUT",
        `${at(projectId)}/workflows/${workflow.id}/draft`,
        { definition: sent, revision: revision.current },
      );
      saved.current = sent;
      revision.current = answer.draftRevision;
      setProblems(answer.problems);
      setStatus({ kind: latest.current === sent ? "saved" : "unsaved" });
      client.setQueryData(workflowQuery(projectId, workflow.id).queryKey, (cached) =>
        cached
          ? { ...cached, draft: sent, draftRevision: answer.draftRevision, problems: answer.problems }
          : cached,
      );
      void client.invalidateQueries({ queryKey: [projectId, "workflows", "list"] });
      return true;
    } catch (error) {
      const meta = error instanceof ApiError && error.code === "draft_changed" ? error.meta : null;
      if (meta?.definition && meta.draftRevision !== undefined) {
        const merged = merge(saved.current, latest.current, meta.definition);
        if (merged) {
          revision.current = meta.draftRevision;
          saved.current = meta.definition;
          latest.current = merged;
          dispatch({ kind: "merge", definition: merged });
          notifications.show({ title: editorText.saving.merged, message: editorText.saving.mergedAbout });
          // What is saved next names the revision that was merged with.
          return saveOnce();
        }
        inConflict.current = true;
        setStatus({ kind: "conflict", theirs: meta.definition, revision: meta.draftRevision });
      } else setStatus({ kind: "failed", message: messageOf(error) });
      return false;
    }
  }, [client, projectId, workflow.id]);

  /** One save at a time: a second one waits, then sends what is newest. */
  const flush = useCallback(async (): Promise<boolean> => {
    while (running.current) await running.current;
    if (inConflict.current) return false;
    if (latest.current === saved.current) return true;
    running.current = saveOnce();
    const worked = await running.current;
    running.current = null;
    return worked && latest.current !== saved.current ? flush() : worked;
  }, [saveOnce]);

  useEffect(() => {
    if (inConflict.current) return;
    if (definition === saved.current) {
      // An edit that was taken back before it was saved.
      if (!running.current) setStatus((before) => (before.kind === "saved" ? before : SAVED));
      return;
    }
    // The same object while it stays unsaved: the editor is not drawn once more for each letter.
    setStatus((before) => (before.kind === "unsaved" ? before : UNSAVED));
    const timer = setTimeout(() => void flush(), DELAY_MS);
    return () => clearTimeout(timer);
  }, [definition, flush]);

  // Leaving the page takes along what the timer has not sent yet.
  useEffect(() => () => void flush(), [flush]);

  // Another window saved, and there is nothing here that it could take away.
  useEffect(() => {
    if (workflow.draftRevision > revision.current && latest.current === saved.current && !running.current) {
      revision.current = workflow.draftRevision;
      saved.current = workflow.draft;
      setProblems(workflow.problems);
      dispatch({ kind: "load", definition: workflow.draft });
    }
  }, [workflow]);

  return {
    definition,
    selection: state.selection,
    form: state.form,
    problems,
    status,
    canUndo: state.history.past.length > 0,
    canRedo: state.history.future.length > 0,
    readOnly,
    operate: useCallback(
      (operation) => {
        if (!readOnly) dispatch({ kind: "operation", operation });
      },
      [readOnly],
    ),
    select: useCallback((selection) => dispatch({ kind: "select", selection }), []),
    undo: useCallback(() => dispatch({ kind: "undo" }), []),
    redo: useCallback(() => dispatch({ kind: "redo" }), []),
    flush,
    loadTheirs: () => {
      if (status.kind !== "conflict") return;
      inConflict.current = false;
      revision.current = status.revision;
      saved.current = status.theirs;
      dispatch({ kind: "load", definition: status.theirs });
      setStatus({ kind: "saved" });
    },
    keepMine: () => {
      if (status.kind !== "conflict") return;
      inConflict.current = false;
      revision.current = status.revision;
      saved.current = status.theirs;
      setStatus({ kind: "unsaved" });
      void flush();
    },
  };
}

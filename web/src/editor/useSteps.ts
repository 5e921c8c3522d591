/** What can be done with the chosen steps: one place for buttons, menus, keys and the palette. */
import { useHotkeys } from "@mantine/hooks";
import { type RefObject, useRef } from "react";
import type { PageCommand } from "../app/commands.ts";
import { useProvideCommands } from "../app/commands.ts";
import type { Choosing } from "./CanvasContext.ts";
import { isDialogOpen, type StepClipboard, useStepClipboard } from "./clipboard.ts";
import { chosenKeys, type Draft } from "./draft.ts";
import { allSteps, outermost, type Place } from "./model/steps.ts";
import { between, type Direction, neighbour, placeAfter, placeBelow } from "./model/walk.ts";

export interface Steps {
  /** Keys of what is chosen, those inside others of them left out. */
  chosen: string[];
  choose: (key: string | null, how: Choosing) => void;
  insert: (place: Place) => void;
  addBelow: () => void;
  duplicate: () => void;
  remove: () => void;
  move: (direction: Direction) => void;
  moveTo: (keys: readonly string[], to: Place) => void;
  /** Why a move is not possible; null when it is. */
  cannotMove: (direction: Direction) => string | null;
  walk: (direction: Direction, extend: boolean) => void;
  chooseAll: () => void;
  clipboard: StepClipboard;
}

const AT_END: Record<Direction, string> = {
  up: "It is the first step",
  down: "It is the last step",
  left: "There is no branch beside it",
  right: "There is no branch beside it",
};

export function useSteps(draft: Draft, wantsFocus: RefObject<boolean>): Steps {
  const { definition, selection, operate, select } = draft;
  const { steps } = definition;
  const own = selection.kind === "step" ? selection.key : null;
  const chosen = outermost(steps, chosenKeys(selection)).map((step) => step.key);
  /** From where a range is chosen. */
  const anchor = useRef<string | null>(null);

  function choose(key: string | null, how: Choosing) {
    if (key === null) return select({ kind: "trigger" });
    if (how === "only" || own === null) {
      anchor.current = key;
      return select({ kind: "step", key });
    }
    const all = chosenKeys(selection);
    if (how === "range") {
      const range = between(steps, anchor.current ?? own, key);
      return select({ kind: "step", key, also: range.filter((each) => each !== key) });
    }
    anchor.current = key;
    if (!all.includes(key)) return select({ kind: "step", key, also: all });
    const [first, ...also] = all.filter((each) => each !== key);
    select(first === undefined ? { kind: "trigger" } : { kind: "step", key: first, also });
  }

  const remove = () => chosen.length > 0 && operate({ kind: "removeSteps", keys: chosen });
  const target = (direction: Direction): Place | null => {
    const edge = direction === "up" || direction === "left" ? chosen[0] : chosen.at(-1);
    return edge === undefined ? null : placeAfter(steps, edge, direction);
  };

  const clipboard = useStepClipboard({
    chosen: () => outermost(steps, chosen),
    onRemove: remove,
    onPaste: (pasted) => {
      wantsFocus.current = true;
      operate({ kind: "pasteSteps", steps: pasted, place: placeBelow(steps, chosen.at(-1) ?? null) });
    },
  });

  return {
    chosen,
    choose,
    insert: (place) => operate({ kind: "addStep", place }),
    addBelow: () => operate({ kind: "addStep", place: placeBelow(steps, own) }),
    duplicate: () => chosen.length > 0 && operate({ kind: "duplicateSteps", keys: chosen }),
    remove,
    move: (direction) => {
      const to = target(direction);
      if (to) operate({ kind: "moveSteps", keys: chosen, to });
    },
    moveTo: (keys, to) => operate({ kind: "moveSteps", keys, to }),
    cannotMove: (direction) => (target(direction) ? null : AT_END[direction]),
    walk: (direction, extend) => {
      wantsFocus.current = true;
      choose(neighbour(steps, own, direction), extend ? "range" : "only");
    },
    chooseAll: () => {
      const [key, ...also] = allSteps(steps).map((step) => step.key);
      if (key !== undefined) select({ kind: "step", key, also });
    },
    clipboard,
  };
}

interface Around {
  steps: Steps;
  draft: Draft;
  /** Back to the canvas from wherever the focus is. */
  focusCanvas: () => void;
  onTest: () => void;
  commands: PageCommand[];
}

/** The keys of the editor, and the same as commands. */
export function useStepCommands({ steps, draft, focusCanvas, onTest, commands }: Around): void {
  const none = steps.chosen.length === 0 ? "Choose a step first" : null;
  const several = steps.chosen.length > 1 ? "steps" : "step";
  const stay = (run: () => void) => () => {
    focusCanvas();
    run();
  };

  useProvideCommands("Editor", [
    { label: "Add a step below", keys: "A", run: steps.addBelow },
    { label: `Duplicate ${several}`, keys: "Ctrl D", off: none, run: stay(steps.duplicate) },
    { label: `Delete ${several}`, keys: "Delete", off: none, run: stay(steps.remove) },
    { label: `Copy ${several}`, keys: "Ctrl C", off: none, run: () => void steps.clipboard.copy() },
    { label: `Cut ${several}`, keys: "Ctrl X", off: none, run: () => void steps.clipboard.cut() },
    { label: "Paste steps", keys: "Ctrl V", run: () => void steps.clipboard.paste() },
    {
      label: `Move ${several} up`,
      keys: "Alt ↑",
      off: none ?? steps.cannotMove("up"),
      run: stay(() => steps.move("up")),
    },
    {
      label: `Move ${several} down`,
      keys: "Alt ↓",
      off: none ?? steps.cannotMove("down"),
      run: stay(() => steps.move("down")),
    },
    {
      label: `Move ${several} to the branch beside`,
      keys: "Alt ← →",
      off: none ?? (steps.cannotMove("left") && steps.cannotMove("right")),
      run: stay(() => steps.move(steps.cannotMove("left") ? "right" : "left")),
    },
    { label: "Choose all steps", keys: "Ctrl A", run: stay(steps.chooseAll) },
    { label: "Undo", keys: "Ctrl Z", off: draft.canUndo ? null : "Nothing to undo", run: draft.undo },
    { label: "Redo", keys: "Ctrl ⇧ Z", off: draft.canRedo ? null : "Nothing to redo", run: draft.redo },
    { label: "Go to the step above, below, around, inside", keys: "↑ ↓ ← →" },
    { label: "Choose several steps", keys: "⇧ ↑ ↓, ⇧ or Ctrl click" },
    { label: "Open the chosen step's form", keys: "Enter" },
    { label: "Back from the form to the canvas", keys: "Esc" },
    { label: "Open the variable menu in a field", keys: "{{" },
    ...commands,
  ]);

  // Keys that a dialog over the editor may need itself.
  const here = (run: () => void) => () => {
    if (!isDialogOpen()) run();
  };
  const kept = (run: () => void) => here(stay(run));
  useHotkeys([
    ["mod+Z", here(draft.undo)],
    ["mod+shift+Z", here(draft.redo)],
    ["mod+Y", here(draft.redo)],
    ["Delete", kept(steps.remove)],
    ["Backspace", kept(steps.remove)],
    ["mod+D", kept(steps.duplicate)],
    ["A", here(steps.addBelow)],
    ["T", here(onTest)],
    ["alt+ArrowUp", kept(() => steps.move("up"))],
    ["alt+ArrowDown", kept(() => steps.move("down"))],
    ["alt+ArrowLeft", kept(() => steps.move("left"))],
    ["alt+ArrowRight", kept(() => steps.move("right"))],
  ]);
}

/** What can be done with the chosen steps: one place for buttons, menus, keys and the palette. */
import { useHotkeys } from "@mantine/hooks";
import { type RefObject, useRef } from "react";
import type { PageCommand } from "../app/commands.ts";
import { useProvideCommands } from "../app/commands.ts";
import { editorText } from "../texts/editor.tsx";
import type { Choosing } from "./CanvasContext.ts";
import { isDialogOpen, type StepClipboard, useStepClipboard } from "./clipboard.ts";
import { chosenKeys, type Draft } from "./draft.ts";
import { allSteps, outermost, type Place } from "./model/steps.ts";
import { between, type Direction, neighbour, placeAfter, placeBelow } from "./model/walk.ts";

const { steps: texts, keys, history } = editorText;

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
  up: texts.isFirst,
  down: texts.isLast,
  left: texts.noBranch,
  right: texts.noBranch,
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
  const count = steps.chosen.length;
  const none = count === 0 ? texts.notChosen : null;
  const stay = (run: () => void) => () => {
    focusCanvas();
    run();
  };

  useProvideCommands(editorText.title, [
    { label: texts.addAStepBelow, keys: keys.addBelow, run: steps.addBelow },
    { label: texts.duplicate(count), keys: keys.duplicate, off: none, run: stay(steps.duplicate) },
    { label: texts.delete(count), keys: keys.delete, off: none, run: stay(steps.remove) },
    { label: texts.copy(count), keys: keys.copy, off: none, run: () => void steps.clipboard.copy() },
    { label: texts.cut(count), keys: keys.cut, off: none, run: () => void steps.clipboard.cut() },
    { label: texts.paste, keys: keys.paste, run: () => void steps.clipboard.paste() },
    {
      label: texts.moveUp(count),
      keys: keys.moveUp,
      off: none ?? steps.cannotMove("up"),
      run: stay(() => steps.move("up")),
    },
    {
      label: texts.moveDown(count),
      keys: keys.moveDown,
      off: none ?? steps.cannotMove("down"),
      run: stay(() => steps.move("down")),
    },
    {
      label: texts.moveBeside(count),
      keys: keys.moveBeside,
      off: none ?? (steps.cannotMove("left") && steps.cannotMove("right")),
      run: stay(() => steps.move(steps.cannotMove("left") ? "right" : "left")),
    },
    { label: texts.chooseAll, keys: keys.chooseAll, run: stay(steps.chooseAll) },
    {
      label: history.undo,
      keys: keys.undo,
      off: draft.canUndo ? null : history.nothingToUndo,
      run: draft.undo,
    },
    {
      label: history.redo,
      keys: keys.redo,
      off: draft.canRedo ? null : history.nothingToRedo,
      run: draft.redo,
    },
    { label: texts.walk, keys: keys.walk },
    { label: texts.chooseSeveral, keys: keys.chooseSeveral },
    { label: texts.openForm, keys: keys.openForm },
    { label: texts.back, keys: keys.back },
    { label: texts.variables, keys: keys.variables },
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

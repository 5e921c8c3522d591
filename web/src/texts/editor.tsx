/** The workflow editor: its bar, its canvas, what is done with steps, and a workflow's settings. */
import type { ReactNode } from "react";
import { counted } from "./common.ts";
import { stepsText } from "./steps.ts";

const stepOrSteps = (count: number) => (count > 1 ? "steps" : "step");
const many = (verb: string, count: number) => (count > 1 ? `${verb} ${count} steps` : verb);

/** As people read them. */
const keys = {
  addBelow: "A",
  duplicate: "Ctrl D",
  delete: "Delete",
  copy: "Ctrl C",
  cut: "Ctrl X",
  paste: "Ctrl V",
  moveUp: "Alt ↑",
  moveDown: "Alt ↓",
  moveBeside: "Alt ← →",
  chooseAll: "Ctrl A",
  undo: "Ctrl Z",
  redo: "Ctrl ⇧ Z",
  walk: "↑ ↓ ← →",
  chooseSeveral: "⇧ ↑ ↓, ⇧ or Ctrl click",
  openForm: "Enter",
  back: "Esc",
  variables: "{{",
  test: "T",
};

export const editorText = {
  title: "Editor",
  inspector: "Inspector",
  readOnly: (why: string) => `You can look at this workflow. ${why}`,

  bar: {
    heading: (workflow: string) => `Workflow ${workflow}`,
    more: "More actions",
    duplicate: "Duplicate",
    notDuplicated: "Not duplicated",
    notCopied: "The newest edits could not be saved, so nothing was copied.",
    duplicated: (copy: string) => `This is ${copy}`,
    duplicatedAbout: "It is a draft, and nobody has it on.",
    notRenamed: "Not renamed",
    undeploy: "Undeploy",
    undeployTitle: (workflow: string) => `Undeploy ${workflow}?`,
    undeployAbout: (users: string) =>
      `New App Events no longer start it. Runs that were accepted still finish. ${users}`,
    delete: "Delete workflow",
    deleteAbout: (users: string) =>
      `It stops at once and leaves the portal. ${users} Its runs stay in Task History.`,
  },

  usersOn: (count: number) => {
    if (count === 0) return "Nobody has it on.";
    return count === 1 ? "1 user has it on." : `${count} users have it on.`;
  },

  saving: {
    saving: "Saving…",
    notSaved: "Not saved",
    merged: "Merged with other edits",
    mergedAbout: "Somebody else edited this workflow, too. Both edits are kept.",
    conflict: "Somebody else changed this workflow",
    conflictAbout: "Your last edits are not saved. Load the other version, or keep yours and overwrite it.",
    loadTheirs: "Load theirs",
    keepMine: "Keep mine",
  },

  history: {
    undo: "Undo",
    redo: "Redo",
    nothingToUndo: "Nothing to undo",
    nothingToRedo: "Nothing to redo",
  },

  canvas: {
    label: "Workflow canvas",
    map: "Map of the workflow",
    addStep: "Add step",
    /** A list inside a step. */
    inside: (branch: keyof typeof stepsText.branches, owner: string) =>
      branch === "steps" ? `in ${owner}` : `to ${stepsText.branches[branch]} of ${owner}`,
    addInside: (inside: string) => `Add step ${inside}`,
    insertBefore: (number: number) => `Insert step before step ${number}`,
    insertInside: (next: string, inside: string) => `Insert step before ${next} ${inside}`,
    insertAtEnd: (inside: string) => `Insert step at the end ${inside}`,
    /** In place of what adds steps, where nobody may. */
    end: "End",
    nothing: "Nothing",
    pinned: "Output pinned",
    tested: (simulated: boolean, ok: boolean) =>
      `${simulated ? "Simulated test" : "Test"} ${ok ? "succeeded" : "failed"}`,
    failed: "failed",
    problems: (count: number) => counted(count, "problem"),
    dragged: (count: number) => `${count} steps`,
  },

  /** What can be done with the chosen steps. */
  steps: {
    name: "Step name",
    menu: "Step menu",
    menuLabel: "Step",
    notChosen: "Choose a step first",
    chosen: (count: number) => `${count} steps chosen`,
    chosenAbout: (key: (keys: string) => ReactNode) => (
      <>
        Move, duplicate or delete them together, drag them to another place, or copy them with{" "}
        {key(keys.copy)} into any other workflow. Click a step to see its form again.
      </>
    ),
    addBelow: "Add step below",
    addAStepBelow: "Add a step below",
    duplicate: (count: number) => `Duplicate ${stepOrSteps(count)}`,
    delete: (count: number) => `Delete ${stepOrSteps(count)}`,
    copy: (count: number) => `Copy ${stepOrSteps(count)}`,
    cut: (count: number) => `Cut ${stepOrSteps(count)}`,
    paste: "Paste steps",
    pasteBelow: "Paste below",
    /** In the menu, which is about what was clicked. */
    short: {
      duplicate: (count: number) => many("Duplicate", count),
      copy: (count: number) => many("Copy", count),
      cut: (count: number) => many("Cut", count),
      delete: (count: number) => many("Delete", count),
    },
    up: "Move up",
    down: "Move down",
    moveUp: (count: number) => `Move ${stepOrSteps(count)} up`,
    moveDown: (count: number) => `Move ${stepOrSteps(count)} down`,
    moveBeside: (count: number) => `Move ${stepOrSteps(count)} to the branch beside`,
    isFirst: "It is the first step",
    isLast: "It is the last step",
    noBranch: "There is no branch beside it",
    chooseAll: "Choose all steps",
    walk: "Go to the step above, below, around, inside",
    chooseSeveral: "Choose several steps",
    openForm: "Open the chosen step's form",
    back: "Back from the form to the canvas",
    variables: "Open the variable menu in a field",
    settings: "Workflow settings",
  },

  keys,

  clipboard: {
    nothing: "Nothing to paste",
    nothingAbout: "The clipboard holds no steps. Choose some in a workflow and copy them.",
    copied: (count: number) => `${counted(count, "step")} copied`,
    copiedAbout: (count: number) =>
      `Paste ${count === 1 ? "it" : "them"} in any workflow of any project, or as text.`,
    copyRefused: { title: "Press Ctrl C or ⌘C", message: "Your browser lets only the keys copy here." },
    pasteRefused: { title: "Press Ctrl V or ⌘V", message: "Your browser lets only the keys paste here." },
  },

  settings: {
    title: (workflow: string) => `Settings of ${workflow}`,
    saved: "Settings saved",
    savedAbout: "They hold from now on.",
    descriptionAbout: "Under the name in the Connect Portal",
    order: "Place in the portal",
    orderAbout: "Lower numbers stand higher",
    hidden: "Hidden in the portal",
    hiddenAbout: "It can still be switched on by the SDK, the API or from the start",
    defaultEnabled: "On from the start",
    defaultEnabledAbout:
      "For accounts that are connected from now on. Who is connected already is not changed.",
    who: "Who may have it",
    everybody: "Everybody. With conditions, users who do not match neither see it nor can have it on.",
    matching: (users: string) =>
      `Users who match. Who has it on and does not match loses it when you save. ${users}`,
    save: "Save settings",
  },
};

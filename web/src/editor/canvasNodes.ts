/** The canvas's nodes and edges as React Flow wants them, out of the definition. */
import { type Edge, type Node, Position } from "@xyflow/react";
import type { Definition, Problem, Step } from "../api/definition.ts";
import type { JsonObject } from "../api/json.ts";
import { editorText } from "../texts/editor.tsx";
import { stepsText } from "../texts/steps.ts";
import { duration } from "../ui/time.ts";
import { chosenKeys, type Selection } from "./draft.ts";
import { END_ID, type PlacedEdge, type PlacedNode } from "./model/layout.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import type { StepResult } from "./model/samples.ts";
import { allSteps, listAt, type Place } from "./model/steps.ts";
import { kindOf, type StepKind, stepSummary } from "./model/summary.ts";
import { triggerText } from "./model/triggers.ts";

const texts = editorText.canvas;

export interface StepNodeData {
  /** Null for the trigger. */
  stepKey: string | null;
  title: string;
  summary: string;
  /** The provider's; null where a step has nothing to do with it. */
  iconUrl: string | null;
  kind: "trigger" | StepKind;
  chosen: boolean;
  /** The one that the inspector shows, and where Tab comes to. */
  main: boolean;
  dragged: boolean;
  problems: number;
  /** What a test of it came to; null while there was none. */
  tested: { ok: boolean; simulated: boolean; text: string } | null;
  pinned: boolean;
}

export interface AddNodeData {
  insertAt: Place;
  label: string;
  /** Whether lines leave it: in an empty branch they go on. */
  within: boolean;
  /** Whether steps cannot be added. */
  off: boolean;
}

export interface InsertEdgeData {
  insertAt: Place | null;
  /** What the `+` on it says; null where there is none. */
  label: string | null;
  /** What decides for the branch that begins here. */
  branch: string | null;
  bendY: number;
}

/** The side of a handle in React Flow's own styles. */
const HANDLE_PX = 6;

export interface NodeFacts {
  definition: Definition;
  problems: Problem[];
  titles: ActionTitles;
  iconUrl: string;
  /** Keys of the steps that are being dragged. */
  dragged: readonly string[];
  results: ReadonlyMap<string, StepResult>;
  pins: JsonObject;
  /** Without what changes something. */
  readOnly: boolean;
}

export function canvasNodes(placed: PlacedNode[], facts: NodeFacts): Node[] {
  const steps = new Map(allSteps(facts.definition.steps).map((step) => [step.key, step]));
  const problems = problemCounts(facts.problems);
  return placed.map((node) => {
    const common = {
      id: node.id,
      position: { x: node.x, y: node.y },
      width: node.width,
      height: node.height,
      ...measuredAs(node),
      draggable: false,
      selectable: false,
      focusable: false,
    };
    const step = node.key === null ? undefined : steps.get(node.key);
    if (node.kind === "frame" || node.kind === "join") {
      // Behind everything, and nothing that a pointer could hit.
      return { ...common, type: node.kind, zIndex: -1, style: { pointerEvents: "none" as const }, data: {} };
    }
    // React Flow switches pointers off for nodes that it need not select; ours hold buttons.
    const style = { pointerEvents: "all" as const };
    if (node.kind === "end" || node.kind === "add") {
      const place = node.place ?? { around: null, index: 0 };
      const label = step ? texts.addInside(inside(place, nameOf(step, facts.titles))) : texts.addStep;
      const data: AddNodeData = { insertAt: place, label, within: node.kind === "add", off: facts.readOnly };
      return { ...common, style, type: "end", data: { ...data } };
    }
    const data = nodeData(step, facts, problems);
    return {
      ...common,
      style,
      type: "workflow",
      draggable: step !== undefined && !facts.readOnly,
      data: { ...data },
    };
  });
}

/**
 * What React Flow would measure. It measures again when a node is made anew, draws no line until it has, and where two
 * changes meet its measuring it never does.
 */
function measuredAs({ width, height }: PlacedNode): Pick<Node, "measured" | "handles"> {
  const side = { x: (width - HANDLE_PX) / 2, width: HANDLE_PX, height: HANDLE_PX };
  return {
    measured: { width, height },
    handles: [
      { ...side, type: "target", position: Position.Top, y: -HANDLE_PX / 2 },
      { ...side, type: "source", position: Position.Bottom, y: height - HANDLE_PX / 2 },
    ],
  };
}

/** How many problems each step has; those of the trigger under an empty key. */
export function problemCounts(problems: readonly Problem[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const problem of problems) {
    const owner = problem.step ?? (problem.pointer.startsWith("/trigger") ? "" : null);
    if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

export function nodeData(
  step: Step | undefined,
  { definition, titles, iconUrl, dragged, results, pins }: NodeFacts,
  problems: Map<string, number>,
): StepNodeData {
  if (!step) {
    const { title, summary } = triggerText(definition.trigger);
    return {
      stepKey: null,
      title,
      summary,
      iconUrl: null,
      kind: "trigger",
      chosen: false,
      main: false,
      dragged: false,
      problems: problems.get("") ?? 0,
      tested: null,
      pinned: false,
    };
  }
  const result = results.get(step.key);
  return {
    stepKey: step.key,
    title: nameOf(step, titles),
    summary: stepSummary(step, titles.get(step.action ?? "")),
    iconUrl: step.action === null ? null : iconUrl,
    kind: kindOf(step),
    chosen: false,
    main: false,
    dragged: dragged.includes(step.key),
    problems: problems.get(step.key) ?? 0,
    tested: result ? { ok: result.ok, simulated: result.simulated, text: duration(result.durationMs) } : null,
    pinned: step.key in pins,
  };
}

/** Where a place is, in words. */
function inside({ around }: Place, owner: string): string {
  return around ? texts.inside(around.branch, owner) : "";
}

export function canvasEdges(
  placed: PlacedEdge[],
  definition: Definition,
  titles: ActionTitles,
  readOnly: boolean,
): Edge[] {
  const names = new Map(allSteps(definition.steps).map((step) => [step.key, nameOf(step, titles)]));
  return placed.map((edge) => {
    const data: InsertEdgeData = {
      insertAt: edge.insertAt,
      label:
        readOnly || edge.target === END_ID || !edge.insertAt
          ? null
          : insertLabel(edge.insertAt, definition, names),
      branch: edge.branch && stepsText.branches[edge.branch],
      bendY: edge.bendY,
    };
    const { id, source, target } = edge;
    return { id, source, target, type: "insert", focusable: false, selectable: false, data: { ...data } };
  });
}

function insertLabel(place: Place, definition: Definition, names: Map<string, string>): string {
  if (place.around === null) return texts.insertBefore(place.index + 1);
  const owner = inside(place, names.get(place.around.key) ?? place.around.key);
  const next = listAt(definition.steps, place.around)?.[place.index];
  return next ? texts.insertInside(names.get(next.key) ?? next.key, owner) : texts.insertAtEnd(owner);
}

/**
 * The nodes with those marked that are chosen. All others stay the same objects. React Flow draws what is dragged even
 * out of view: so it keeps the node that the keyboard is on, which else would lose the focus, and the one it walks to.
 */
export function withSelection(nodes: readonly Node[], selection: Selection): Node[] {
  const chosen = new Set<string | null>(selection.kind === "trigger" ? [null] : chosenKeys(selection));
  const main = selection.kind === "trigger" ? null : selection.key;
  return nodes.map((node) => {
    if (node.type !== "workflow") return node;
    // Filled above, by nodeData.
    const key = node.data.stepKey as string | null;
    if (!chosen.has(key)) return node;
    const isMain = key === main;
    return { ...node, dragging: isMain, data: { ...node.data, chosen: true, main: isMain } };
  });
}

/** Keeps the objects of what did not change: React Flow then leaves them alone, however many there are. */
export function reuseUnchanged<T extends { id: string }>(before: T[], after: T[]): T[] {
  const known = new Map(before.map((item) => [item.id, item]));
  const kept = after.map((item) => {
    const old = known.get(item.id);
    return old && same(old, item) ? old : item;
  });
  const isSame = kept.length === before.length && kept.every((item, index) => item === before[index]);
  // As a list, too: then nobody looks through it.
  return isSame ? before : kept;
}

/** Deep equality of plain data; most of it is the same object or differs in its first fields. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => same(a[name as keyof typeof a], b[name as keyof typeof b]));
}

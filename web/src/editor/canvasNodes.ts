/** The canvas's nodes and edges as React Flow wants them, out of the definition. */
import type { Edge, Node } from "@xyflow/react";
import type { ConnectorAction, Definition, Problem } from "../api/types.ts";
import type { Selection } from "./draft.ts";
import { nameOf } from "./model/diff.ts";
import { END_ID, NODE_HEIGHT, NODE_WIDTH, type PlacedEdge, type PlacedNode } from "./model/layout.ts";
import { kindOf, type StepKind, stepSummary } from "./model/summary.ts";
import { triggerText } from "./model/triggers.ts";

export interface StepNodeData {
  /** Null for the trigger. */
  stepKey: string | null;
  title: string;
  summary: string;
  /** The provider's; null where a step has nothing to do with it. */
  iconUrl: string | null;
  kind: "trigger" | StepKind;
  chosen: boolean;
  problems: number;
}

export interface AddNodeData {
  insertAt: number;
}

export interface InsertEdgeData {
  insertAt: number;
  /** Null where the next node is the button itself. */
  label: string | null;
}

interface NodeFacts {
  definition: Definition;
  selection: Selection;
  problems: Problem[];
  actions: ConnectorAction[];
  iconUrl: string;
}

export function canvasNodes(placed: PlacedNode[], facts: NodeFacts): Node[] {
  const titles = new Map(facts.actions.map((action) => [action.name, action.title]));
  const problems = new Map<string, number>();
  for (const problem of facts.problems) {
    const owner = problem.step ?? (problem.pointer.startsWith("/trigger") ? "" : null);
    if (owner !== null) problems.set(owner, (problems.get(owner) ?? 0) + 1);
  }
  return placed.map((node) => {
    const common = {
      id: node.id,
      position: { x: node.x, y: node.y },
      width: NODE_WIDTH,
      draggable: false,
      selectable: false,
      focusable: false,
      // React Flow switches pointers off for nodes that it need not select; ours hold buttons.
      style: { pointerEvents: "all" as const },
    };
    if (node.kind === "end") {
      const data: AddNodeData = { insertAt: node.index };
      return { ...common, type: "end", data: { ...data } };
    }
    const data = nodeData(node, facts, titles, problems);
    return { ...common, type: "workflow", height: NODE_HEIGHT, data: { ...data } };
  });
}

function nodeData(
  node: PlacedNode,
  { definition, selection, iconUrl }: NodeFacts,
  titles: Map<string, string>,
  problems: Map<string, number>,
): StepNodeData {
  const step = definition.steps[node.index];
  if (!step) {
    return {
      stepKey: null,
      title: triggerText(definition.trigger).title,
      summary: triggerText(definition.trigger).summary,
      iconUrl: null,
      kind: "trigger",
      chosen: selection.kind === "trigger",
      problems: problems.get("") ?? 0,
    };
  }
  return {
    stepKey: step.key,
    title: nameOf(step),
    summary: stepSummary(step, titles.get(step.action ?? "")),
    iconUrl: kindOf(step) === "action" ? iconUrl : null,
    kind: kindOf(step),
    chosen: selection.kind === "step" && selection.key === step.key,
    problems: problems.get(step.key) ?? 0,
  };
}

export function canvasEdges(placed: PlacedEdge[]): Edge[] {
  return placed.map((edge) => {
    const data: InsertEdgeData = {
      insertAt: edge.insertAt,
      label: edge.target === END_ID ? null : `Insert step before step ${edge.insertAt + 1}`,
    };
    const { id, source, target } = edge;
    return { id, source, target, type: "insert", focusable: false, selectable: false, data: { ...data } };
  });
}

/** Keeps the objects of what did not change: React Flow then leaves them alone, however many there are. */
export function reuseUnchanged<T extends { id: string }>(before: readonly T[], after: readonly T[]): T[] {
  const known = new Map(before.map((item) => [item.id, item]));
  return after.map((item) => {
    const old = known.get(item.id);
    return old && JSON.stringify(old) === JSON.stringify(item) ? old : item;
  });
}

/**
 * The drawing of a workflow, made out of the one before. Most edits are letters in a form: they change the line below
 * one node and neither where things stand nor the lines between them. Then one node is made anew, and everything else
 * stays the same objects, which React Flow leaves alone.
 */
import type { Edge, Node } from "@xyflow/react";
import type { Definition, Step } from "../api/definition.ts";
import {
  canvasEdges,
  canvasNodes,
  type NodeFacts,
  nodeData,
  problemCounts,
  reuseUnchanged,
  same,
} from "./canvasNodes.ts";
import { type Layout, layout, stepNodeId, TRIGGER_ID } from "./model/layout.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { branchesOf } from "./model/steps.ts";

export interface Drawing {
  facts: NodeFacts;
  placed: Layout;
  nodes: Node[];
  edges: Edge[];
}

export function draw(before: Drawing | null, facts: NodeFacts): Drawing {
  const { definition, titles, readOnly } = facts;
  const changed =
    before && sameFrame(before.facts, facts)
      ? changedSteps(before.facts.definition, definition, titles)
      : null;
  const placed = changed && before ? before.placed : layout(definition);
  const edges =
    changed && before
      ? before.edges
      : reuseUnchanged(before?.edges ?? [], canvasEdges(placed.edges, definition, titles, readOnly));
  const nodes =
    changed && before && sameMarks(before.facts, facts)
      ? redrawn(before, facts, changed)
      : reuseUnchanged(before?.nodes ?? [], canvasNodes(placed.nodes, facts));
  return { facts, placed, nodes, edges };
}

/** Whether what all nodes and lines depend on is the same. */
function sameFrame(a: NodeFacts, b: NodeFacts): boolean {
  return a.titles === b.titles && a.iconUrl === b.iconUrl && a.readOnly === b.readOnly;
}

/** Whether what single nodes are marked with is the same. */
function sameMarks(a: NodeFacts, b: NodeFacts): boolean {
  return (
    a.dragged === b.dragged && a.results === b.results && same(a.pins, b.pins) && same(a.problems, b.problems)
  );
}

/**
 * The steps that are other objects than before, by the ids of their nodes; null when the drawing has another shape:
 * steps came, went or moved, or are called otherwise, which lines and buttons say.
 */
export function changedSteps(
  before: Definition,
  after: Definition,
  titles: ActionTitles,
): Map<string, Step | undefined> | null {
  const changed = new Map<string, Step | undefined>();
  if (before.trigger !== after.trigger) changed.set(TRIGGER_ID, undefined);
  const look = (old: readonly Step[], now: readonly Step[]): boolean => {
    if (old === now) return true;
    if (old.length !== now.length) return false;
    return now.every((step, index) => {
      const known = old[index];
      // Edits leave the steps that they are not about as they are.
      if (known === step) return true;
      if (!known || known.key !== step.key || nameOf(known, titles) !== nameOf(step, titles)) return false;
      changed.set(stepNodeId(step.key), step);
      const inside = branchesOf(step);
      const were = branchesOf(known);
      return (
        inside.length === were.length &&
        inside.every(({ branch, steps }, at) => {
          const list = were[at];
          return list !== undefined && list.branch === branch && look(list.steps, steps);
        })
      );
    });
  };
  return look(before.steps, after.steps) ? changed : null;
}

/** The nodes before, with those made anew whose steps changed, and look otherwise. */
function redrawn(
  { nodes }: Drawing,
  facts: NodeFacts,
  changed: ReadonlyMap<string, Step | undefined>,
): Node[] {
  if (changed.size === 0) return nodes;
  const problems = problemCounts(facts.problems);
  let isOther = false;
  const next = nodes.map((node) => {
    if (!changed.has(node.id)) return node;
    const data = { ...nodeData(changed.get(node.id), facts, problems) };
    if (same(node.data, data)) return node;
    isOther = true;
    return { ...node, data };
  });
  return isOther ? next : nodes;
}

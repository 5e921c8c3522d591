/** Where each node of the canvas stands. Computed from the definition, never stored. */
import type { Definition } from "../../api/types.ts";

export const NODE_WIDTH = 280;
export const NODE_HEIGHT = 72;
export const GAP = 56;

export interface PlacedNode {
  id: string;
  kind: "trigger" | "step" | "end";
  /** The step's place in the workflow; -1 for the trigger. */
  index: number;
  x: number;
  y: number;
}

export interface PlacedEdge {
  id: string;
  source: string;
  target: string;
  /** Where a step goes that is inserted here. */
  insertAt: number;
}

export const TRIGGER_ID = "trigger";
export const END_ID = "end";

export function stepNodeId(key: string): string {
  return `step:${key}`;
}

/** One column: the trigger on top, then the steps, then the place where the next step goes. */
export function layout(definition: Definition): { nodes: PlacedNode[]; edges: PlacedEdge[] } {
  const nodes: PlacedNode[] = [{ id: TRIGGER_ID, kind: "trigger", index: -1, x: 0, y: 0 }];
  const edges: PlacedEdge[] = [];
  let above = TRIGGER_ID;
  definition.steps.forEach((step, index) => {
    const id = stepNodeId(step.key);
    nodes.push({ id, kind: "step", index, x: 0, y: (index + 1) * (NODE_HEIGHT + GAP) });
    edges.push({ id: `${above}>${id}`, source: above, target: id, insertAt: index });
    above = id;
  });
  const count = definition.steps.length;
  nodes.push({
    id: END_ID,
    kind: "end",
    index: count,
    x: 0,
    y: count * (NODE_HEIGHT + GAP) + NODE_HEIGHT + GAP / 2,
  });
  edges.push({ id: `${above}>${END_ID}`, source: above, target: END_ID, insertAt: count });
  return { nodes, edges };
}

/** Where each node of the canvas stands. Computed from the definition, never stored. */
import type { Definition, Step } from "../../api/definition.ts";
import type { Around, BranchName, Place } from "./steps.ts";

export const NODE_WIDTH = 280;
export const NODE_HEIGHT = 72;
export const GAP = 56;
/** Between the branches of a condition. */
const BETWEEN = 48;
/** Around the steps of a loop. */
const FRAME = 28;
const JOIN = 10;
const ADD_HEIGHT = 36;

export interface PlacedNode {
  id: string;
  /** `add` is the button of an empty list, `join` where branches come together and loops end. */
  kind: "trigger" | "step" | "end" | "add" | "join" | "frame";
  /** The step it is or belongs to; null for the trigger and the end. */
  key: string | null;
  /** Where a step goes that is added here; null where none can be. */
  place: Place | null;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedEdge {
  id: string;
  source: string;
  target: string;
  /** Where a step goes that is inserted here; null where the target is a button itself. */
  insertAt: Place | null;
  /** The branch that begins here. */
  branch: BranchName | null;
  /** Where the line turns sideways. */
  bendY: number;
}

export interface Layout {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
}

export const TRIGGER_ID = "trigger";
export const END_ID = "end";

export function stepNodeId(key: string): string {
  return `step:${key}`;
}

/** A step with the room that it and everything inside it takes. */
interface Box {
  step: Step;
  width: number;
  height: number;
  lists: BoxList[];
}

interface BoxList {
  branch: BranchName;
  boxes: Box[];
  width: number;
  height: number;
}

function measure(step: Step): Box {
  const lists: BoxList[] = [];
  if (step.if) lists.push(measureList("then", step.then ?? []), measureList("else", step.else ?? []));
  else if (step.forEach !== undefined) lists.push(measureList("steps", step.steps ?? []));
  if (lists.length === 0) return { step, width: NODE_WIDTH, height: NODE_HEIGHT, lists };
  const inner = lists.reduce((sum, list) => sum + list.width, 0) + BETWEEN * (lists.length - 1);
  const tallest = Math.max(...lists.map((list) => list.height));
  const height = NODE_HEIGHT + GAP + tallest + GAP + JOIN;
  const isLoop = step.forEach !== undefined && !step.if;
  return {
    step,
    width: Math.max(NODE_WIDTH, inner) + (isLoop ? 2 * FRAME : 0),
    height: height + (isLoop ? FRAME : 0),
    lists,
  };
}

function measureList(branch: BranchName, steps: readonly Step[]): BoxList {
  const boxes = steps.map(measure);
  return {
    branch,
    boxes,
    width: Math.max(NODE_WIDTH, ...boxes.map((box) => box.width)),
    height:
      boxes.length === 0
        ? ADD_HEIGHT
        : boxes.reduce((sum, box) => sum + box.height, 0) + GAP * (boxes.length - 1),
  };
}

/** Top to bottom: the trigger, the steps, the place where the next one goes. Branches stand side by side. */
export function layout(definition: Definition): Layout {
  const drawing: Layout = { nodes: [], edges: [] };
  const x = NODE_WIDTH / 2;
  const common = { key: null, place: null, x: 0, width: NODE_WIDTH };
  drawing.nodes.push({ ...common, id: TRIGGER_ID, kind: "trigger", y: 0, height: NODE_HEIGHT });
  const boxes = definition.steps.map(measure);
  const { exit, bottom } = placeList(drawing, boxes, null, x, NODE_HEIGHT + GAP, TRIGGER_ID, null);
  const place = { around: null, index: boxes.length };
  const y = bottom + GAP / 2;
  drawing.nodes.push({ ...common, id: END_ID, kind: "end", place, y, height: ADD_HEIGHT });
  drawing.edges.push(edge(exit, END_ID, null, null, bottom + GAP / 4));
  return drawing;
}

/** Places a list of steps below `source`, and says what the next thing hangs on and where that ends. */
function placeList(
  drawing: Layout,
  boxes: readonly Box[],
  around: Around,
  centre: number,
  top: number,
  source: string,
  branch: BranchName | null,
): { exit: string; bottom: number } {
  let exit = source;
  let y = top;
  for (const [index, box] of boxes.entries()) {
    const id = stepNodeId(box.step.key);
    // A line into a branch turns close to the condition, so that its `+` stands over the branch.
    drawing.edges.push(edge(exit, id, { around, index }, index === 0 ? branch : null, y - GAP * 0.72));
    exit = placeBox(drawing, box, { around, index }, centre, y);
    y += box.height + GAP;
  }
  return { exit, bottom: boxes.length === 0 ? top - GAP : y - GAP };
}

/** Places one step with all that is inside it, and says what the next thing hangs on. */
function placeBox(drawing: Layout, box: Box, place: Place, centre: number, top: number): string {
  const { key } = box.step;
  const id = stepNodeId(key);
  const isLoop = box.lists.length === 1;
  const pad = isLoop ? FRAME / 2 : 0;
  if (isLoop) {
    const frame = { x: centre - box.width / 2, y: top, width: box.width, height: box.height - JOIN / 2 };
    drawing.nodes.push({ id: `frame:${key}`, kind: "frame", key, place: null, ...frame });
  }
  const y = top + pad;
  const x = centre - NODE_WIDTH / 2;
  drawing.nodes.push({ id, kind: "step", key, place, x, y, width: NODE_WIDTH, height: NODE_HEIGHT });
  if (box.lists.length === 0) return id;

  const join = `join:${key}`;
  const joinY = top + box.height - JOIN;
  const inner = box.lists.reduce((sum, list) => sum + list.width, 0) + BETWEEN * (box.lists.length - 1);
  let left = centre - inner / 2;
  for (const list of box.lists) {
    const middle = left + list.width / 2;
    const around = { key, branch: list.branch };
    const at = y + NODE_HEIGHT + GAP;
    const end = { around, index: list.boxes.length };
    if (list.boxes.length === 0) {
      const add = `add:${key}/${list.branch}`;
      const size = { x: middle - NODE_WIDTH / 2, y: at, width: NODE_WIDTH, height: ADD_HEIGHT };
      drawing.nodes.push({ id: add, kind: "add", key, place: end, ...size });
      drawing.edges.push(edge(id, add, null, list.branch, at - GAP * 0.72));
      drawing.edges.push(edge(add, join, null, null, joinY - GAP * 0.28));
    } else {
      const { exit } = placeList(drawing, list.boxes, around, middle, at, id, list.branch);
      drawing.edges.push(edge(exit, join, end, null, joinY - GAP * 0.28));
    }
    left += list.width + BETWEEN;
  }
  const size = { x: centre - JOIN / 2, y: joinY, width: JOIN, height: JOIN };
  drawing.nodes.push({ id: join, kind: "join", key, place: null, ...size });
  return join;
}

function edge(
  source: string,
  target: string,
  insertAt: Place | null,
  branch: BranchName | null,
  bendY: number,
): PlacedEdge {
  return { id: `${source}>${target}`, source, target, insertAt, branch, bendY };
}

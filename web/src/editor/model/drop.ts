/** Where dragged steps can be let go. Computed from the drawing, like everything on the canvas. */
import type { Step } from "../../api/definition.ts";
import { GAP, type Layout, NODE_WIDTH } from "./layout.ts";
import { findStep, isWithin, type Place } from "./steps.ts";

export interface DropPlace {
  place: Place;
  /** The middle of the line that says where the steps would go. */
  x: number;
  y: number;
}

/** How far from a place the pointer may be, sideways and up or down. */
const REACH = { x: NODE_WIDTH / 2 + 40, y: 110 };

/** Every place of the drawing, those between steps that would only change their own place left out. */
export function dropPlaces(
  { nodes, edges }: Layout,
  steps: readonly Step[],
  keys: readonly string[],
): DropPlace[] {
  const at = new Map(nodes.map((node) => [node.id, node]));
  const places: DropPlace[] = [];
  for (const { source, target, insertAt } of edges) {
    const from = at.get(source);
    const to = at.get(target);
    if (!insertAt || !from || !to) continue;
    // A list ends below its last step; anywhere else the line goes above the step that comes next.
    const isEnd = to.kind === "join";
    places.push({
      place: insertAt,
      x: isEnd ? from.x + from.width / 2 : to.x + to.width / 2,
      y: isEnd ? from.y + from.height + GAP / 2 : to.y - GAP / 2,
    });
  }
  for (const node of nodes) {
    if (node.place === null || (node.kind !== "add" && node.kind !== "end")) continue;
    places.push({ place: node.place, x: node.x + node.width / 2, y: node.y + node.height / 2 });
  }
  const dragged = keys.flatMap((key) => findStep(steps, key) ?? []);
  return places.filter(({ place: { around, index } }) =>
    dragged.every(({ step, place }) => {
      if (around && isWithin(step, around.key)) return false;
      const isSameList = place.around?.key === around?.key && place.around?.branch === around?.branch;
      return !isSameList || dragged.length > 1 || (index !== place.index && index !== place.index + 1);
    }),
  );
}

/** The place that a pointer at these coordinates of the drawing means, if it is near one. */
export function nearestPlace(places: readonly DropPlace[], x: number, y: number): DropPlace | null {
  let best: DropPlace | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of places) {
    const across = Math.abs(candidate.x - x);
    const along = Math.abs(candidate.y - y);
    if (across > REACH.x || along > REACH.y) continue;
    // Lists stand side by side: which one is meant counts more than how far down in it.
    const distance = across + along * 1.5;
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

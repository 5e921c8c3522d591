/** Dragging steps to another place: a line shows where they would go, the drawing itself stays calm. */
import { Portal } from "@mantine/core";
import { type Node, type ReactFlowInstance, ViewportPortal } from "@xyflow/react";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Step } from "../api/definition.ts";
import { editorText } from "../texts/editor.tsx";
import { useStable } from "../ui/useStable.ts";
import classes from "./Canvas.module.css";
import { type DropPlace, dropPlaces, nearestPlace } from "./model/drop.ts";
import { type Layout, NODE_WIDTH } from "./model/layout.ts";
import type { Place } from "./model/steps.ts";

interface Dragging {
  keys: readonly string[];
  /** Where they would go; null where nothing would happen. */
  target: DropPlace | null;
}

export interface StepDrag {
  dragging: Dragging | null;
  ghost: RefObject<HTMLDivElement | null>;
  start: (event: MouseEvent | TouchEvent, node: Node) => void;
  move: (event: MouseEvent | TouchEvent) => void;
  stop: () => void;
}

interface Dragged {
  flow: RefObject<ReactFlowInstance | null>;
  placed: Layout;
  steps: readonly Step[];
  /** What goes along when this step is dragged. */
  together: (key: string) => readonly string[];
  /** Which are dragged now; another list only when others are. */
  onDragged: (keys: readonly string[]) => void;
  onMove: (keys: readonly string[], to: Place) => void;
}

const NOTHING: readonly string[] = [];

export function useStepDrag({ flow, placed, steps, together, onDragged, onMove }: Dragged): StepDrag {
  const [dragging, setDragging] = useState<Dragging | null>(null);
  const places = useRef<DropPlace[]>([]);
  const ghost = useRef<HTMLDivElement>(null);
  const current = useRef<Dragging | null>(null);

  const set = (next: Dragging | null) => {
    if (next?.keys !== current.current?.keys) onDragged(next?.keys ?? NOTHING);
    current.current = next;
    setDragging(next);
  };

  // Escape lets go without moving anything.
  useEffect(() => {
    if (!dragging) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && set(null);
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  return {
    dragging,
    ghost,
    // The same functions for React Flow, which tells everybody of each that is another.
    start: useStable((_, node) => {
      const key = node.data.stepKey;
      if (typeof key !== "string") return;
      const keys = together(key);
      places.current = dropPlaces(placed, steps, keys);
      set({ keys, target: null });
    }),
    move: useStable((event) => {
      const pointer = pointOf(event);
      if (!current.current || !pointer || !flow.current) return;
      ghost.current?.style.setProperty("transform", `translate(${pointer.x + 12}px, ${pointer.y + 8}px)`);
      const { x, y } = flow.current.screenToFlowPosition(pointer);
      const target = nearestPlace(places.current, x, y);
      if (target !== current.current.target) set({ ...current.current, target });
    }),
    stop: useStable(() => {
      const done = current.current;
      set(null);
      if (done?.target) onMove(done.keys, done.target.place);
    }),
  };
}

function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } | null {
  const point = "touches" in event ? event.touches[0] : event;
  return point ? { x: point.clientX, y: point.clientY } : null;
}

/** What is dragged, beside the pointer, and the line where it would go. */
export function DragMarks({ drag, name }: { drag: StepDrag; name: string }) {
  if (!drag.dragging) return null;
  const { target, keys } = drag.dragging;
  return (
    <>
      {target && (
        <ViewportPortal>
          <div
            className={classes.drop}
            data-drop-place
            style={{
              width: NODE_WIDTH,
              transform: `translate(${target.x - NODE_WIDTH / 2}px, ${target.y - 2}px)`,
            }}
          />
        </ViewportPortal>
      )}
      <Portal>
        <div ref={drag.ghost} className={classes.ghost} data-allowed={target !== null || undefined}>
          {keys.length === 1 ? name : editorText.canvas.dragged(keys.length)}
        </div>
      </Portal>
    </>
  );
}

/** A small map of the whole workflow that shows what is in view. Dragging on it pans the canvas, the wheel zooms. */
import { type Node, Panel, type Rect, useReactFlow, useStore, useViewport } from "@xyflow/react";
import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import { editorText } from "../texts/editor.tsx";
import classes from "./Canvas.module.css";

const SIZE = { width: 150, height: 110 };
/** Around everything, on the map. */
const MARGIN = 5;
/** How far a pixel of the wheel zooms, as a power of two. */
const WHEEL = 0.002;

interface CanvasMapProps {
  /** The same for as long as nothing but the choice changes. */
  nodes: readonly Node[];
  chosen: readonly Node[];
}

/**
 * React Flow's own map has an element for each node, and each asks the store at its every change: in a long workflow
 * that alone takes half of a frame. Here one path holds all steps.
 */
export function CanvasMap({ nodes, chosen }: CanvasMapProps) {
  const flow = useReactFlow();
  const { x, y, zoom } = useViewport();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { steps, problems } = useMemo(() => pathsOf(nodes), [nodes]);
  const whole = useMemo(() => nodes.map(rectOf).reduce(around), [nodes]);

  const view = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  const all = around(whole, view);
  /** What a pixel of the map is on the canvas. */
  const scale = Math.max(all.width / (SIZE.width - 2 * MARGIN), all.height / (SIZE.height - 2 * MARGIN));
  const shown = {
    x: all.x - (SIZE.width * scale - all.width) / 2,
    y: all.y - (SIZE.height * scale - all.height) / 2,
    width: SIZE.width * scale,
    height: SIZE.height * scale,
  };

  const map = useRef<SVGSVGElement>(null);
  const grabbed = useRef<{ x: number; y: number } | null>(null);
  const onPan = (event: PointerEvent) => {
    if (!grabbed.current) return;
    const before = flow.getViewport();
    const by = scale * before.zoom;
    const [right, down] = [event.clientX - grabbed.current.x, event.clientY - grabbed.current.y];
    grabbed.current = { x: event.clientX, y: event.clientY };
    void flow.setViewport({ ...before, x: before.x - right * by, y: before.y - down * by });
  };
  useEffect(() => {
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      void flow.zoomTo(flow.getZoom() * 2 ** (-event.deltaY * WHEEL));
    };
    // React listens to the wheel without a way to keep the browser from scrolling or zooming the page.
    const element = map.current;
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [flow]);

  return (
    <Panel position="bottom-right" className={classes.map ?? ""}>
      <svg
        ref={map}
        {...SIZE}
        viewBox={`${shown.x} ${shown.y} ${shown.width} ${shown.height}`}
        role="img"
        aria-label={editorText.canvas.map}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          grabbed.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={onPan}
        onLostPointerCapture={() => {
          grabbed.current = null;
        }}
      >
        <path d={steps} />
        <path className={classes.mapProblems} d={problems} />
        <path className={classes.mapChosen} d={pathOf(chosen)} />
        <path className={classes.mapMask} fillRule="evenodd" d={rectangle(shown) + rectangle(view)} />
      </svg>
    </Panel>
  );
}

/** Frames, joins and buttons are left out. */
function pathsOf(nodes: readonly Node[]) {
  const steps = nodes.filter((node) => node.type === "workflow");
  return { steps: pathOf(steps), problems: pathOf(steps.filter(({ data }) => data.problems !== 0)) };
}

function pathOf(nodes: readonly Node[]): string {
  return nodes.map((node) => rectangle(rectOf(node))).join("");
}

function rectOf({ position, width = 0, height = 0 }: Node): Rect {
  return { ...position, width, height };
}

function rectangle({ x, y, width, height }: Rect): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function around(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { GAP, NODE_HEIGHT, NODE_WIDTH } from "./model/layout.ts";

/** How long the canvas takes to get there. */
const GLIDE_MS = 200;

/** Brings the chosen node into view: one just added at the end, one that a problem led to, one that a walk came to. */
export function FollowSelection({ x, y }: { x: number; y: number }) {
  const flow = useReactFlow();
  const store = useStoreApi();
  const chosenAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const now = performance.now();
    // Who walks on before the canvas is there would see it glide behind, and wait for each of its frames.
    const isWalking = now - chosenAt.current < GLIDE_MS;
    chosenAt.current = now;
    const { height, width } = store.getState();
    const { x: left, y: top, zoom } = flow.getViewport();
    const above = y * zoom + top;
    // Room for the button below it, too.
    const below = above + (NODE_HEIGHT + GAP) * zoom;
    const before = x * zoom + left;
    const after = before + NODE_WIDTH * zoom;
    if (height > 0 && (above < 0 || below > height || before < 0 || after > width)) {
      const duration = isWalking ? 0 : GLIDE_MS;
      void flow.setCenter(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2, { zoom, duration });
    }
  }, [flow, store, x, y]);
  return null;
}

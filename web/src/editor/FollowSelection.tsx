import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { GAP, NODE_HEIGHT, NODE_WIDTH } from "./model/layout.ts";

/** Brings the chosen node into view: one just added at the end, one that a problem led to. */
export function FollowSelection({ x, y }: { x: number; y: number }) {
  const flow = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    const { height, width } = store.getState();
    const { x: left, y: top, zoom } = flow.getViewport();
    const above = y * zoom + top;
    // Room for the button below it, too.
    const below = above + (NODE_HEIGHT + GAP) * zoom;
    const before = x * zoom + left;
    const after = before + NODE_WIDTH * zoom;
    if (height > 0 && (above < 0 || below > height || before < 0 || after > width)) {
      void flow.setCenter(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2, { zoom, duration: 200 });
    }
  }, [flow, store, x, y]);
  return null;
}

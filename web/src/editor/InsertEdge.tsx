import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getStraightPath } from "@xyflow/react";
import { Plus } from "lucide-react";
import classes from "./Canvas.module.css";
import { useCanvasRequests } from "./CanvasContext.ts";
import type { InsertEdgeData } from "./canvasNodes.ts";

/** A line between two nodes, with a `+` on it. */
export function InsertEdge({ sourceX, sourceY, targetX, targetY, data }: EdgeProps) {
  const [path, x, y] = getStraightPath({ sourceX, sourceY, targetX, targetY });
  // React Flow keeps edge data untyped; canvasNodes.ts is the only place that fills it.
  const { label, insertAt } = data as unknown as InsertEdgeData;
  const { onInsert } = useCanvasRequests();
  return (
    <>
      <BaseEdge path={path} />
      {label && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className={`${classes.plus} nopan nodrag`}
            aria-label={label}
            title={label}
            style={{
              position: "absolute",
              pointerEvents: "all",
              transform: `translate(-50%, -50%) translate(${x}px, ${y}px)`,
            }}
            onClick={() => onInsert(insertAt)}
          >
            <Plus size={14} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

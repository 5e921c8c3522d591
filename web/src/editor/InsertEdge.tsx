import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getStraightPath } from "@xyflow/react";
import { Plus } from "lucide-react";
import classes from "./Canvas.module.css";

interface InsertEdgeData {
  /** Null where the next node is the button itself. */
  label: string | null;
  onInsert: () => void;
}

/** A line between two nodes, with a `+` on it. */
export function InsertEdge({ sourceX, sourceY, targetX, targetY, data }: EdgeProps) {
  const [path, x, y] = getStraightPath({ sourceX, sourceY, targetX, targetY });
  // React Flow keeps edge data untyped; Canvas is the only place that fills it.
  const { label, onInsert } = data as unknown as InsertEdgeData;
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
            onClick={onInsert}
          >
            <Plus size={14} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

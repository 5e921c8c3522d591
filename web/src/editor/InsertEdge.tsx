import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath, Position } from "@xyflow/react";
import { Plus } from "lucide-react";
import classes from "./Canvas.module.css";
import { useCanvasRequests } from "./CanvasContext.ts";
import type { InsertEdgeData } from "./canvasNodes.ts";

/** A line between two nodes, with a `+` on it, and on a branch's first line what decides for it. */
export function InsertEdge({ sourceX, sourceY, targetX, targetY, data }: EdgeProps) {
  // React Flow keeps edge data untyped; canvasNodes.ts is the only place that fills it.
  const { label, insertAt, branch, bendY } = data as unknown as InsertEdgeData;
  const { onInsert } = useCanvasRequests();
  const [path] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition: Position.Bottom,
    targetPosition: Position.Top,
    borderRadius: 10,
    centerY: bendY,
  });
  const isStraight = Math.abs(sourceX - targetX) < 1;
  // Beside the bend the long part of the line is where it goes down.
  const turnsEarly = bendY - sourceY < targetY - bendY;
  const x = turnsEarly ? targetX : sourceX;
  const y =
    isStraight && !branch
      ? (sourceY + targetY) / 2
      : turnsEarly
        ? // A little below the middle, where the branch's name leaves it room.
          bendY + (targetY - bendY) * 0.63
        : (sourceY + bendY) / 2;
  const at = (left: number, top: number) => ({
    position: "absolute" as const,
    transform: `translate(-50%, -50%) translate(${left}px, ${top}px)`,
  });
  return (
    <>
      <BaseEdge path={path} />
      <EdgeLabelRenderer>
        {branch && (
          <span className={classes.branch} style={at(targetX, bendY)}>
            {branch}
          </span>
        )}
        {label && insertAt && (
          <button
            type="button"
            className={`${classes.plus} nopan nodrag`}
            aria-label={label}
            title={label}
            // The keyboard adds steps with A, below the one that is chosen.
            tabIndex={-1}
            style={{ ...at(x, y), pointerEvents: "all" }}
            onClick={() => onInsert(insertAt)}
          >
            <Plus size={14} />
          </button>
        )}
      </EdgeLabelRenderer>
    </>
  );
}

import { Button } from "@mantine/core";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Code, Plus, Radio, Timer, TriangleAlert } from "lucide-react";
import classes from "./Canvas.module.css";
import { useCanvasRequests } from "./CanvasContext.ts";
import type { AddNodeData, StepNodeData } from "./canvasNodes.ts";

/** An action has its provider's icon; this one stands in where there is none. */
const ICONS = { trigger: Radio, action: Radio, delay: Timer, function: Code };

export function WorkflowNode({ data }: NodeProps) {
  // React Flow keeps node data untyped; canvasNodes.ts is the only place that fills it.
  const node = data as unknown as StepNodeData;
  const KindIcon = ICONS[node.kind];
  const { onSelect } = useCanvasRequests();
  return (
    <>
      <Handle className={classes.handle} type="target" position={Position.Top} isConnectable={false} />
      <button
        type="button"
        className={`${classes.node} nopan`}
        aria-pressed={node.chosen}
        onClick={() =>
          onSelect(node.stepKey === null ? { kind: "trigger" } : { kind: "step", key: node.stepKey })
        }
      >
        <span className={classes.icon} data-image={node.iconUrl ? true : undefined}>
          {node.iconUrl ? <img src={node.iconUrl} alt="" /> : <KindIcon size={20} />}
        </span>
        <span className={classes.texts}>
          <span className={classes.title}>{node.title}</span>
          <span className={classes.summary} title={node.summary}>
            {node.summary}
          </span>
        </span>
        {node.problems > 0 && (
          <span
            className={classes.problems}
            role="img"
            aria-label={`${node.problems} ${node.problems === 1 ? "problem" : "problems"}`}
          >
            <TriangleAlert size={12} aria-hidden />
            {node.problems}
          </span>
        )}
      </button>
      <Handle className={classes.handle} type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

export function AddStepNode({ data }: NodeProps) {
  // As above: filled by canvasNodes.ts alone.
  const { insertAt } = data as unknown as AddNodeData;
  const { onInsert } = useCanvasRequests();
  return (
    <div className={`${classes.add} nopan`}>
      <Handle className={classes.handle} type="target" position={Position.Top} isConnectable={false} />
      <Button
        size="compact-md"
        variant={insertAt === 0 ? "filled" : "default"}
        leftSection={<Plus size={14} />}
        onClick={() => onInsert(insertAt)}
      >
        Add step
      </Button>
    </div>
  );
}

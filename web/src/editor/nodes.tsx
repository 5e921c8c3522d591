import { Button } from "@mantine/core";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Check, FlaskConical, Pin, Plus, TriangleAlert, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { editorText } from "../texts/editor.tsx";
import classes from "./Canvas.module.css";
import { useCanvasRequests } from "./CanvasContext.ts";
import type { AddNodeData, StepNodeData } from "./canvasNodes.ts";
import { StepIcon } from "./StepIcon.tsx";

const texts = editorText.canvas;

export function WorkflowNode({ data }: NodeProps) {
  // React Flow keeps node data untyped; canvasNodes.ts is the only place that fills it.
  const node = data as unknown as StepNodeData;
  const { onSelect, onOpen, onMenu, wantsFocus } = useCanvasRequests();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!node.main || !wantsFocus.current) return;
    wantsFocus.current = false;
    button.current?.focus({ preventScroll: true });
  }, [node.main, wantsFocus]);
  return (
    <>
      <Handle className={classes.handle} type="target" position={Position.Top} isConnectable={false} />
      <button
        ref={button}
        type="button"
        className={`${classes.node} nopan`}
        aria-pressed={node.chosen}
        // One stop for Tab, however many steps there are; the arrows go on from there.
        tabIndex={node.main ? 0 : -1}
        data-dragged={node.dragged || undefined}
        onClick={(event) => {
          const isKey = event.detail === 0;
          if (isKey && node.main) return onOpen();
          const how = event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "only";
          onSelect(node.stepKey, how);
        }}
        onContextMenu={(event) => {
          if (node.stepKey === null) return;
          event.preventDefault();
          onMenu(node.stepKey, event);
        }}
      >
        <span className={classes.icon} data-image={node.iconUrl ? true : undefined}>
          {node.iconUrl ? <img src={node.iconUrl} alt="" /> : <StepIcon kind={node.kind} size={20} />}
        </span>
        <span className={classes.texts}>
          <span className={classes.title}>{node.title}</span>
          <span className={classes.summary} title={node.summary}>
            {node.summary}
          </span>
        </span>
        {node.pinned && <Pin className={classes.pin} size={14} role="img" aria-label={texts.pinned} />}
        {node.tested && node.problems === 0 && (
          <span
            className={classes.tested}
            data-ok={node.tested.ok || undefined}
            role="img"
            aria-label={texts.tested(node.tested.simulated, node.tested.ok)}
          >
            {node.tested.simulated && <FlaskConical size={12} aria-hidden />}
            {node.tested.ok ? <Check size={12} aria-hidden /> : <X size={12} aria-hidden />}
            {node.tested.ok ? node.tested.text : texts.failed}
          </span>
        )}
        {node.problems > 0 && (
          <span className={classes.problems} role="img" aria-label={texts.problems(node.problems)}>
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
  const { insertAt, label, within, off } = data as unknown as AddNodeData;
  const { onInsert } = useCanvasRequests();
  const isFirst = insertAt.around === null && insertAt.index === 0;
  return (
    <div className={`${classes.add} nopan`}>
      <Handle className={classes.handle} type="target" position={Position.Top} isConnectable={false} />
      {off ? (
        <span className={classes.ending}>{within ? texts.nothing : texts.end}</span>
      ) : (
        <Button
          size="compact-md"
          variant={isFirst ? "filled" : "default"}
          leftSection={<Plus size={14} />}
          aria-label={label}
          onClick={() => onInsert(insertAt)}
        >
          {texts.addStep}
        </Button>
      )}
      {within && (
        <Handle className={classes.handle} type="source" position={Position.Bottom} isConnectable={false} />
      )}
    </div>
  );
}

/** Where branches come together again, and where a loop ends. */
export function JoinNode() {
  return (
    <>
      <Handle className={classes.handle} type="target" position={Position.Top} isConnectable={false} />
      <div className={classes.join} />
      <Handle className={classes.handle} type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

/** Around the steps of a loop. */
export function FrameNode() {
  return <div className={classes.frame} />;
}

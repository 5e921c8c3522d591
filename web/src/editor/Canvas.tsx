/** The workflow drawn from top to bottom. It shows and asks; what changes is decided elsewhere. */
import "@xyflow/react/dist/style.css";
import { useMantineColorScheme } from "@mantine/core";
import {
  Background,
  BackgroundVariant,
  Controls,
  type Node,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import {
  type KeyboardEvent,
  memo,
  type RefObject,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Definition, Problem } from "../api/definition.ts";
import type { JsonObject } from "../api/json.ts";
import { editorText } from "../texts/editor.tsx";
import { useStable } from "../ui/useStable.ts";
import classes from "./Canvas.module.css";
import { CanvasContext, type CanvasRequests } from "./CanvasContext.ts";
import { CanvasMap } from "./CanvasMap.tsx";
import { withSelection } from "./canvasNodes.ts";
import { chosenKeys, type Selection } from "./draft.ts";
import { changedSteps, type Drawing, draw } from "./drawing.ts";
import { FollowSelection } from "./FollowSelection.tsx";
import { InsertEdge } from "./InsertEdge.tsx";
import { stepNodeId, TRIGGER_ID } from "./model/layout.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import type { StepResult } from "./model/samples.ts";
import { findStep, outermost, type Place } from "./model/steps.ts";
import type { Direction } from "./model/walk.ts";
import { AddStepNode, FrameNode, JoinNode, WorkflowNode } from "./nodes.tsx";
import { DragMarks, useStepDrag } from "./StepDrag.tsx";

interface CanvasProps {
  ref: RefObject<HTMLElement | null>;
  definition: Definition;
  selection: Selection;
  problems: Problem[];
  titles: ActionTitles;
  iconUrl: string;
  requests: CanvasRequests;
  results: ReadonlyMap<string, StepResult>;
  pins: JsonObject;
  readOnly: boolean;
  onWalk: (direction: Direction, extend: boolean) => void;
  /** A key was let go, or the keyboard went elsewhere. */
  onRelease: () => void;
  onChooseAll: () => void;
  onMove: (keys: readonly string[], to: Place) => void;
}

/** Beyond this, only what is in view is drawn, so that long workflows stay smooth. */
const MANY = 60;
/** From here on a map helps. */
const MAPPED = 15;
const NOTHING: readonly string[] = [];

const nodeTypes = { workflow: WorkflowNode, end: AddStepNode, join: JoinNode, frame: FrameNode };
const edgeTypes = { insert: InsertEdge };

const ARROWS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** A letter in a form changes a line of one node: that waits for a pause. What changes the drawing is drawn at once. */
const PAUSE_MS = 150;

export function Canvas({ definition, titles, onWalk, onRelease, onChooseAll, onMove, ...rest }: CanvasProps) {
  const [drawn, setDrawn] = useState(definition);
  if (drawn !== definition && changedSteps(drawn, definition, titles) === null) setDrawn(definition);
  useEffect(() => {
    const timer = setTimeout(() => setDrawn(definition), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [definition]);
  return (
    <DrawnCanvas
      {...rest}
      titles={titles}
      definition={drawn}
      onWalk={useStable(onWalk)}
      onRelease={useStable(onRelease)}
      onChooseAll={useStable(onChooseAll)}
      onMove={useStable(onMove)}
    />
  );
}

const DrawnCanvas = memo(function DrawnCanvas(props: CanvasProps) {
  const { selection, problems, titles, iconUrl, requests, results, pins, readOnly } = props;
  const { colorScheme } = useMantineColorScheme();
  // A letter typed in the inspector must not wait for the drawing.
  const definition = useDeferredValue(props.definition);
  const drawn = useRef<Drawing | null>(null);
  const flow = useRef<ReactFlowInstance | null>(null);

  const [dragged, setDragged] = useState(NOTHING);
  const drawing = useMemo(() => {
    const facts = { definition, problems, titles, iconUrl, dragged, results, pins, readOnly };
    drawn.current = draw(drawn.current, facts);
    return drawn.current;
  }, [definition, problems, titles, iconUrl, dragged, results, pins, readOnly]);
  const { placed, edges } = drawing;
  const drag = useStepDrag({
    flow,
    placed,
    steps: definition.steps,
    together: (key) => {
      const chosen = outermost(definition.steps, chosenKeys(selection)).map((step) => step.key);
      return chosen.includes(key) ? chosen : [key];
    },
    onDragged: setDragged,
    onMove: props.onMove,
  });
  const nodes = useMemo(() => withSelection(drawing.nodes, selection), [drawing, selection]);
  // React Flow draws itself anew, and asks all nodes and lines, for each of these that is another.
  const onInit = useStable((instance: ReactFlowInstance) => {
    flow.current = instance;
  });
  const fitViewOptions = useMemo(
    () => ({ maxZoom: 1, padding: 0.15, nodes: firstNodes(drawing.nodes) }),
    [drawing.nodes],
  );

  const chosenId = selection.kind === "trigger" ? TRIGGER_ID : stepNodeId(selection.key);
  const chosen = placed.nodes.find((node) => node.id === chosenId);
  const first = dragged[0] === undefined ? undefined : findStep(definition.steps, dragged[0])?.step;

  function onKeyDown(event: KeyboardEvent) {
    const direction = ARROWS[event.key];
    if (direction && !event.altKey) props.onWalk(direction, event.shiftKey);
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) props.onChooseAll();
    else return;
    event.preventDefault();
  }

  return (
    <section
      ref={props.ref}
      className={classes.canvas}
      aria-label={editorText.canvas.label}
      onKeyDown={onKeyDown}
      onKeyUp={props.onRelease}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) props.onRelease();
      }}
    >
      <CanvasContext value={requests}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          colorMode={colorScheme === "auto" ? "system" : colorScheme}
          onInit={onInit}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          nodeDragThreshold={4}
          onNodeDragStart={drag.start}
          onNodeDrag={drag.move}
          onNodeDragStop={drag.stop}
          zoomOnDoubleClick={false}
          onlyRenderVisibleElements={nodes.length > MANY}
          panOnScroll
          minZoom={0.3}
          maxZoom={1.5}
          fitView
          fitViewOptions={fitViewOptions}
          proOptions={{ hideAttribution: true }}
        >
          {chosen && <FollowSelection x={chosen.x} y={chosen.y} />}
          <DragMarks drag={drag} name={first ? nameOf(first, titles) : ""} />
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
          <Controls showInteractive={false} position="bottom-left" />
          {nodes.length >= MAPPED && (
            <CanvasMap nodes={drawing.nodes} chosen={nodes.filter(({ data }) => data.chosen)} />
          )}
        </ReactFlow>
      </CanvasContext>
    </section>
  );
});

/** A long workflow begins at its trigger, readable, instead of shrunk to a thread. */
function firstNodes(nodes: Node[]): { id: string }[] {
  return nodes.slice(0, 6).map(({ id }) => ({ id }));
}

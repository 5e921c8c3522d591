/** The workflow drawn from top to bottom. It shows and asks; what changes is decided elsewhere. */
import "@xyflow/react/dist/style.css";
import { useMantineColorScheme } from "@mantine/core";
import { Background, BackgroundVariant, Controls, type Edge, type Node, ReactFlow } from "@xyflow/react";
import { useDeferredValue, useMemo, useRef } from "react";
import type { ConnectorAction, Definition, Problem } from "../api/types.ts";
import classes from "./Canvas.module.css";
import { CanvasContext } from "./CanvasContext.ts";
import { canvasEdges, canvasNodes, reuseUnchanged } from "./canvasNodes.ts";
import type { Selection } from "./draft.ts";
import { FollowSelection } from "./FollowSelection.tsx";
import { InsertEdge } from "./InsertEdge.tsx";
import { layout, stepNodeId, TRIGGER_ID } from "./model/layout.ts";
import type { Place } from "./model/steps.ts";
import { AddStepNode, FrameNode, JoinNode, WorkflowNode } from "./nodes.tsx";

interface CanvasProps {
  definition: Definition;
  selection: Selection;
  problems: Problem[];
  actions: ConnectorAction[];
  iconUrl: string;
  onSelect: (selection: Selection) => void;
  onInsert: (place: Place) => void;
}

/** Beyond this, only what is in view is drawn, so that long workflows stay smooth. */
const MANY = 60;

const nodeTypes = { workflow: WorkflowNode, end: AddStepNode, join: JoinNode, frame: FrameNode };
const edgeTypes = { insert: InsertEdge };

export function Canvas(props: CanvasProps) {
  const { selection, problems, actions, iconUrl, onSelect, onInsert } = props;
  const { colorScheme } = useMantineColorScheme();
  // A letter typed in the inspector must not wait for the drawing.
  const definition = useDeferredValue(props.definition);
  const drawn = useRef<{ nodes: Node[]; edges: Edge[] }>({ nodes: [], edges: [] });

  const placed = useMemo(() => layout(definition), [definition]);
  const { nodes, edges } = useMemo(() => {
    const facts = { definition, selection, problems, actions, iconUrl };
    drawn.current = {
      nodes: reuseUnchanged(drawn.current.nodes, canvasNodes(placed.nodes, facts)),
      edges: reuseUnchanged(drawn.current.edges, canvasEdges(placed.edges, definition)),
    };
    return drawn.current;
  }, [placed, definition, selection, problems, actions, iconUrl]);
  const requests = useMemo(() => ({ onSelect, onInsert }), [onSelect, onInsert]);

  const chosenId = selection.kind === "trigger" ? TRIGGER_ID : stepNodeId(selection.key);
  const chosen = placed.nodes.find((node) => node.id === chosenId);

  return (
    <section className={classes.canvas} aria-label="Workflow canvas">
      <CanvasContext value={requests}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          colorMode={colorScheme === "auto" ? "system" : colorScheme}
          nodesConnectable={false}
          nodesDraggable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnDoubleClick={false}
          onlyRenderVisibleElements={nodes.length > MANY}
          panOnScroll
          minZoom={0.3}
          maxZoom={1.5}
          fitView
          fitViewOptions={{ maxZoom: 1, padding: 0.15, nodes: firstNodes(nodes) }}
          proOptions={{ hideAttribution: true }}
        >
          {chosen && <FollowSelection x={chosen.x} y={chosen.y} />}
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
          <Controls showInteractive={false} position="bottom-left" />
        </ReactFlow>
      </CanvasContext>
    </section>
  );
}

/** A long workflow begins at its trigger, readable, instead of shrunk to a thread. */
function firstNodes(nodes: Node[]): { id: string }[] {
  return nodes.slice(0, 6).map(({ id }) => ({ id }));
}

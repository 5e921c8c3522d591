/** The workflow drawn from top to bottom. It shows and asks; what changes is decided elsewhere. */

import { useMantineColorScheme } from "@mantine/core";
import "@xyflow/react/dist/style.css";
import { Background, BackgroundVariant, Controls, type Edge, type Node, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import type { ConnectorAction, Definition, Problem } from "../api/types.ts";
import classes from "./Canvas.module.css";
import type { Selection } from "./draft.ts";
import { InsertEdge } from "./InsertEdge.tsx";
import { nameOf } from "./model/diff.ts";
import { END_ID, layout, NODE_WIDTH, TRIGGER_ID } from "./model/layout.ts";
import { stepSummary } from "./model/summary.ts";
import { AddStepNode, WorkflowNode } from "./nodes.tsx";

interface CanvasProps {
  definition: Definition;
  selection: Selection;
  problems: Problem[];
  actions: ConnectorAction[];
  iconUrl: string;
  onSelect: (selection: Selection) => void;
  onInsert: (index: number) => void;
}

const nodeTypes = { workflow: WorkflowNode, end: AddStepNode };
const edgeTypes = { insert: InsertEdge };

export function Canvas(props: CanvasProps) {
  const { definition, selection, problems, actions, iconUrl, onSelect, onInsert } = props;
  const { colorScheme } = useMantineColorScheme();

  const { nodes, edges } = useMemo(() => {
    const placed = layout(definition);
    const titles = new Map(actions.map((action) => [action.name, action.title]));
    const nodes = placed.nodes.map((node): Node => {
      const position = { x: node.x, y: node.y };
      const common = {
        id: node.id,
        position,
        draggable: false,
        selectable: false,
        focusable: false,
        // React Flow switches pointers off for nodes that it need not select; ours hold buttons.
        style: { pointerEvents: "all" as const },
      };
      if (node.kind === "end") {
        return {
          ...common,
          type: "end",
          width: NODE_WIDTH,
          data: { onAdd: () => onInsert(node.index), first: node.index === 0 },
        };
      }
      const step = definition.steps[node.index];
      if (node.kind === "trigger" || !step) {
        return {
          ...common,
          type: "workflow",
          width: NODE_WIDTH,
          data: {
            title: "App Event",
            summary: definition.trigger?.appEvent ?? "Choose an App Event",
            chosen: selection.kind === "trigger",
            problems: problems.filter((problem) => problem.pointer.startsWith("/trigger")).length,
            onSelect: () => onSelect({ kind: "trigger" }),
          },
        };
      }
      return {
        ...common,
        type: "workflow",
        width: NODE_WIDTH,
        data: {
          title: nameOf(step),
          summary: stepSummary(step, titles.get(step.action ?? "")),
          iconUrl,
          chosen: selection.kind === "step" && selection.key === step.key,
          problems: problems.filter((problem) => problem.step === step.key).length,
          onSelect: () => onSelect({ kind: "step", key: step.key }),
        },
      };
    });
    const edges = placed.edges.map((edge): Edge => {
      return {
        id: edge.id,
        source: edge.source,
        target: edge.target,
        type: "insert",
        focusable: false,
        selectable: false,
        data: {
          label: edge.target === END_ID ? null : `Insert step before step ${edge.insertAt + 1}`,
          onInsert: () => onInsert(edge.insertAt),
        },
      };
    });
    return { nodes, edges };
  }, [definition, selection, problems, actions, iconUrl, onSelect, onInsert]);

  return (
    <section className={classes.canvas} aria-label="Workflow canvas">
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
        panOnScroll
        minZoom={0.3}
        maxZoom={1.5}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.15, nodes: firstNodes(nodes) }}
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </section>
  );
}

/** A long workflow begins at its trigger, readable, instead of shrunk to a thread. */
function firstNodes(nodes: Node[]): { id: string }[] {
  const first = nodes.slice(0, 6).map(({ id }) => ({ id }));
  return first.length > 0 ? first : [{ id: TRIGGER_ID }];
}

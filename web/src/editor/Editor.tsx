/** The editor: canvas in the middle, inspector on the right, nothing on the left. */
import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { useCallback, useRef } from "react";
import type { AppEvent, Connector, Integration, JsonObject, Workflow } from "../api/types.ts";
import { Canvas } from "./Canvas.tsx";
import { DeploySheet } from "./DeploySheet.tsx";
import { useDraft } from "./draft.ts";
import classes from "./Editor.module.css";
import { EditorBar } from "./EditorBar.tsx";
import { findStep, type Place } from "./model/steps.ts";
import { triggerExample } from "./model/triggers.ts";
import { sourcesFor } from "./model/variables.ts";
import { StepForm } from "./StepForm.tsx";
import { TriggerForm } from "./TriggerForm.tsx";
import { VersionsSheet } from "./VersionsSheet.tsx";

interface EditorProps {
  projectId: string;
  workflow: Workflow;
  integration: Integration;
  connector: Connector;
  events: AppEvent[];
  userMetadata: JsonObject;
}

export function Editor(props: EditorProps) {
  const { projectId, workflow, integration, connector, events, userMetadata } = props;
  const draft = useDraft(projectId, workflow);
  const [deploying, sheet] = useDisclosure(false);
  const [showingVersions, versions] = useDisclosure(false);
  const { definition, selection, operate, select } = draft;

  const found = selection.kind === "step" ? findStep(definition.steps, selection.key) : null;
  const sources = useUnchanged(
    sourcesFor(found?.step.key ?? "", {
      definition,
      eventExample: triggerExample(definition.trigger, events, connector.triggers),
      settings: [...integration.settings, ...workflow.settings],
      userMetadata,
      secrets: null,
    }),
  );

  const insert = useCallback((place: Place) => operate({ kind: "addStep", place }), [operate]);

  async function openDeploy() {
    // The sheet shows what will be deployed, so the newest edits go first.
    await draft.flush();
    sheet.open();
  }

  useHotkeys([
    ["mod+Z", draft.undo],
    ["mod+shift+Z", draft.redo],
    ["mod+Y", draft.redo],
    ["Delete", () => found && operate({ kind: "removeStep", key: found.step.key })],
  ]);

  return (
    <div className={classes.editor}>
      <EditorBar
        projectId={projectId}
        workflow={workflow}
        integration={integration}
        draft={draft}
        onDeploy={openDeploy}
        onVersions={versions.open}
      />
      {draft.status.kind === "conflict" && (
        <Alert color="yellow" radius={0} title="Somebody else changed this workflow" role="alert">
          <Group justify="space-between">
            Your last edits are not saved. Load the other version, or keep yours and overwrite it.
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={draft.loadTheirs}>
                Load theirs
              </Button>
              <Button size="compact-sm" onClick={draft.keepMine}>
                Keep mine
              </Button>
            </Group>
          </Group>
        </Alert>
      )}
      {draft.status.kind === "failed" && (
        <Alert color="red" radius={0} title="Not saved" role="alert">
          <Group justify="space-between">
            {draft.status.message}
            <Button size="compact-sm" variant="default" onClick={() => void draft.flush()}>
              Try again
            </Button>
          </Group>
        </Alert>
      )}
      <div className={classes.body}>
        <Canvas
          definition={definition}
          selection={selection}
          problems={draft.problems}
          actions={connector.actions}
          iconUrl={integration.iconUrl}
          onSelect={select}
          onInsert={insert}
        />
        <aside className={classes.inspector} aria-label="Inspector">
          {found ? (
            <StepForm
              key={found.step.key}
              found={found}
              trigger={definition.trigger}
              connector={connector}
              iconUrl={integration.iconUrl}
              sources={sources}
              problems={draft.problems}
              operate={operate}
            />
          ) : (
            <TriggerForm
              projectId={projectId}
              workflowId={workflow.id}
              trigger={definition.trigger}
              events={events}
              connector={connector}
              sources={sources}
              problems={draft.problems}
              operate={operate}
            />
          )}
        </aside>
      </div>
      <DeploySheet
        projectId={projectId}
        workflow={workflow}
        integration={integration}
        draft={draft}
        opened={deploying}
        onClose={sheet.close}
      />
      <VersionsSheet
        projectId={projectId}
        workflow={workflow}
        draft={draft}
        opened={showingVersions}
        onClose={versions.close}
      />
    </div>
  );
}

/** The same object as long as it says the same: fields learn of sources when there are new ones, not with every letter. */
function useUnchanged<T>(value: T): T {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}

/** The editor: canvas in the middle, inspector on the right, nothing on the left. */
import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { startTransition, useDeferredValue, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Connector } from "../api/connectors.ts";
import type { Definition, Step } from "../api/definition.ts";
import type { AppEvent } from "../api/events.ts";
import type { Integration } from "../api/integrations.ts";
import type { JsonObject } from "../api/json.ts";
import type { Secret } from "../api/team.ts";
import type { Workflow } from "../api/workflows.ts";
import { useMay } from "../app/rights.ts";
import { commonText } from "../texts/common.ts";
import { deployText } from "../texts/deploy.tsx";
import { editorText } from "../texts/editor.tsx";
import { testingText } from "../texts/testing.tsx";
import { Hint } from "../ui/Notice.tsx";
import { ReadOnlyContext } from "../ui/readOnly.ts";
import { useSame } from "../ui/useSame.ts";
import { useStable } from "../ui/useStable.ts";
import { Canvas } from "./Canvas.tsx";
import type { CanvasRequests } from "./CanvasContext.ts";
import { DeploySheet } from "./DeploySheet.tsx";
import { type Selection, useDraft } from "./draft.ts";
import classes from "./Editor.module.css";
import { EditorBar, useWorkflowState } from "./EditorBar.tsx";
import { EvaluationContext } from "./Evaluation.tsx";
import { actionTitles } from "./model/names.ts";
import { outputExamples } from "./model/outputs.ts";
import { resultsByKey } from "./model/samples.ts";
import { findStep } from "./model/steps.ts";
import { triggerExample } from "./model/triggers.ts";
import { sourcesFor } from "./model/variables.ts";
import { AccountContext } from "./OfferedField.tsx";
import { RolloutBar } from "./RolloutBar.tsx";
import { SeveralSteps } from "./SeveralSteps.tsx";
import { StepForm } from "./StepForm.tsx";
import { StepMenu } from "./StepMenu.tsx";
import { StepTest } from "./StepTest.tsx";
import { TestSheet } from "./TestSheet.tsx";
import { TriggerForm } from "./TriggerForm.tsx";
import { useTesting } from "./testing.ts";
import { useReleased } from "./useReleased.ts";
import { useStepCommands, useSteps } from "./useSteps.ts";
import { VersionsSheet } from "./VersionsSheet.tsx";
import { WorkflowSettings } from "./WorkflowSettings.tsx";

const { saving, steps: stepTexts, keys } = editorText;

interface EditorProps {
  projectId: string;
  workflow: Workflow;
  integration: Integration;
  connector: Connector;
  events: AppEvent[];
  userMetadata: JsonObject;
  /** The project's secrets; null while they are not known. */
  secrets: Secret[] | null;
}

export function Editor(props: EditorProps) {
  const { projectId, workflow, integration, connector, events, userMetadata, secrets } = props;
  const may = useMay("design");
  const mayTest = useMay("build");
  const draft = useDraft(projectId, workflow, !may.ok);
  const [deploying, sheet] = useDisclosure(false);
  const [isTesting, test] = useDisclosure(false);
  const [showingSettings, settings] = useDisclosure(false);
  const [showingVersions, versions] = useDisclosure(false);
  const { definition, selection, operate } = draft;

  const canvas = useRef<HTMLElement>(null);
  const inspector = useRef<HTMLElement>(null);
  const wantsFocus = useRef(false);
  const steps = useSteps(draft, wantsFocus);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const titles = useMemo(() => actionTitles(connector.actions), [connector.actions]);
  const examples = useMemo(() => outputExamples(connector.actions), [connector.actions]);

  const example = triggerExample(definition.trigger, events, connector.triggers);
  const testing = useTesting({
    projectId,
    workflowId: workflow.id,
    integrationType: integration.type,
    draft,
    example,
    settings: useMemo(
      () => [...integration.settings, ...workflow.settings],
      [integration.settings, workflow.settings],
    ),
  });
  const results = useMemo(() => resultsByKey(testing.results), [testing.results]);

  // Who walks through the steps sees the canvas follow at once; the form comes when the key is let go and there is time.
  const [{ form, selection: before }, hold] = useReleased(useSame({ form: draft.form, selection }));
  const shown = form === draft.form || !isIn(definition, before) ? selection : before;
  const found = shown.kind === "step" ? findStep(definition.steps, shown.key) : null;
  const readFrom = testing.simulated ? null : testing.userId;
  // Of the inputs only those that a field's source needs: the others change with every letter.
  const asked = useUnchanged(askedInputs(connector, found?.step));
  const account = useMemo(
    () => ({ projectId, integrationId: integration.id, userId: readFrom, inputs: asked }),
    [projectId, integration.id, readFrom, asked],
  );
  const stepKey = found?.step.key ?? "";
  const { samples, payloadSample } = testing;
  // What other steps give is looked through when there is time for it: a letter need not wait.
  const settled = useDeferredValue(definition);
  const sources = useUnchanged(
    useMemo(
      () =>
        sourcesFor(stepKey, {
          definition: settled,
          titles,
          examples,
          samples,
          eventExample: payloadSample ?? triggerExample(settled.trigger, events, connector.triggers),
          settings: [...integration.settings, ...workflow.settings],
          userMetadata,
          secrets: secrets?.map(({ name }) => name) ?? null,
        }),
      [
        stepKey,
        settled,
        titles,
        examples,
        samples,
        payloadSample,
        events,
        connector,
        integration,
        workflow,
        userMetadata,
        secrets,
      ],
    ),
  );

  // Nodes are many and compare what they are given: what they ask for stays the same function.
  const latest = useRef(steps);
  latest.current = steps;
  const requests = useMemo<CanvasRequests>(
    () => ({
      onSelect: (key, how) => latest.current.choose(key, how),
      onInsert: (place) => latest.current.insert(place),
      onOpen: () => {
        flushSync(hold.end);
        firstField(inspector.current)?.focus();
      },
      onMenu: (key, event) => {
        if (!latest.current.chosen.includes(key)) latest.current.choose(key, "only");
        setMenuAt({ x: event.clientX, y: event.clientY });
      },
      wantsFocus,
    }),
    [hold],
  );
  const focusCanvas = () => {
    const chosen = canvas.current?.querySelector<HTMLElement>('button[aria-pressed="true"][tabindex="0"]');
    chosen?.focus({ preventScroll: true });
    // What an edit chooses next takes the focus in its place.
    wantsFocus.current = true;
  };

  const openTest = () => {
    if (mayTest.ok) test.open();
  };

  const openDeploy = useStable(async () => {
    if (!may.ok) return;
    // The sheet shows what will be deployed, so the newest edits go first.
    await draft.flush();
    sheet.open();
  });
  const state = useWorkflowState(workflow, definition);
  const { status, readOnly, canUndo, canRedo, undo, redo, flush } = draft;
  const bar = useSame({ status, readOnly, canUndo, canRedo, undo, redo, flush });

  useStepCommands({
    steps,
    draft,
    focusCanvas,
    onTest: openTest,
    commands: [
      { label: testingText.workflow.run, keys: keys.test, off: mayTest.reason || null, run: openTest },
      { label: deployText.sheet.deploy, off: may.reason || null, run: () => void openDeploy() },
      { label: deployText.versions.list, run: versions.open },
      { label: stepTexts.settings, run: settings.open },
    ],
  });

  return (
    <EvaluationContext value={projectId}>
      <div className={classes.editor}>
        <EditorBar
          projectId={projectId}
          workflow={workflow}
          integration={integration}
          state={state}
          draft={bar}
          onTest={test.open}
          onDeploy={openDeploy}
          onVersions={versions.open}
          onSettings={settings.open}
        />
        {draft.readOnly && (
          <Hint radius={0} p="xs">
            {editorText.readOnly(may.changing)}
          </Hint>
        )}
        <RolloutBar projectId={projectId} workflowId={workflow.id} />
        {draft.status.kind === "conflict" && (
          <Alert color="yellow" radius={0} title={saving.conflict} role="alert">
            <Group justify="space-between">
              {saving.conflictAbout}
              <Group gap="xs">
                <Button size="compact-sm" variant="default" onClick={draft.loadTheirs}>
                  {saving.loadTheirs}
                </Button>
                <Button size="compact-sm" onClick={draft.keepMine}>
                  {saving.keepMine}
                </Button>
              </Group>
            </Group>
          </Alert>
        )}
        {draft.status.kind === "failed" && (
          <Alert color="red" radius={0} title={saving.notSaved} role="alert">
            <Group justify="space-between">
              {draft.status.message}
              <Button size="compact-sm" variant="default" onClick={() => void draft.flush()}>
                {commonText.tryAgain}
              </Button>
            </Group>
          </Alert>
        )}
        <div className={classes.body}>
          <Canvas
            ref={canvas}
            definition={definition}
            selection={selection}
            problems={draft.problems}
            titles={titles}
            iconUrl={integration.iconUrl}
            requests={requests}
            results={results}
            pins={testing.pins}
            readOnly={draft.readOnly}
            onWalk={(direction, extend) => {
              hold.begin();
              steps.walk(direction, extend);
            }}
            onRelease={() => startTransition(hold.end)}
            onChooseAll={steps.chooseAll}
            onMove={steps.moveTo}
          />
          <aside
            ref={inspector}
            className={classes.inspector}
            aria-label={editorText.inspector}
            // Read only it holds nothing that takes the focus, and must scroll all the same.
            {...(draft.readOnly && { tabIndex: 0 })}
            onKeyDown={(event) => {
              if (event.key === "Escape" && !event.defaultPrevented && !isUnfolded(event.target))
                focusCanvas();
            }}
          >
            <ReadOnlyContext value={draft.readOnly}>
              <fieldset className="plain-fieldset" disabled={draft.readOnly}>
                {steps.chosen.length > 1 ? (
                  <SeveralSteps steps={steps} />
                ) : found ? (
                  <AccountContext value={account}>
                    <StepForm
                      key={form}
                      step={found.step}
                      titles={titles}
                      steps={steps}
                      trigger={definition.trigger}
                      connector={connector}
                      iconUrl={integration.iconUrl}
                      sources={sources}
                      problems={draft.problems}
                      operate={operate}
                      test={
                        <StepTest
                          projectId={projectId}
                          integrationId={integration.id}
                          integrationType={integration.type}
                          integrationName={integration.name}
                          stepKey={found.step.key}
                          testing={testing}
                          result={results.get(found.step.key)}
                        />
                      }
                    />
                  </AccountContext>
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
              </fieldset>
            </ReadOnlyContext>
          </aside>
        </div>
        <StepMenu at={menuAt} steps={steps} onClose={() => setMenuAt(null)} />
        <TestSheet
          projectId={projectId}
          integrationId={integration.id}
          integrationType={integration.type}
          integrationName={integration.name}
          workflowName={workflow.name}
          definition={definition}
          titles={titles}
          problems={draft.problems.length}
          testing={testing}
          opened={isTesting}
          onClose={test.close}
          onChoose={(key) => {
            draft.select({ kind: "step", key });
            test.close();
          }}
        />
        <DeploySheet
          projectId={projectId}
          workflow={workflow}
          integration={integration}
          titles={titles}
          draft={draft}
          opened={deploying}
          onClose={sheet.close}
        />
        <WorkflowSettings
          projectId={projectId}
          workflow={workflow}
          userMetadata={userMetadata}
          opened={showingSettings}
          onClose={settings.close}
        />
        <VersionsSheet
          projectId={projectId}
          workflow={workflow}
          draft={draft}
          titles={titles}
          opened={showingVersions}
          onClose={versions.close}
        />
      </div>
    </EvaluationContext>
  );
}

/** Where the keyboard goes on after the canvas. */
function firstField(form: HTMLElement | null): HTMLElement | null {
  const fields = form?.querySelectorAll<HTMLElement>('input, textarea, [contenteditable="true"], button');
  // The name stands above the form, and is rarely what somebody opens a step for.
  return (
    [...(fields ?? [])].find(
      (field) => field.tabIndex >= 0 && !field.closest("[data-step-name], [data-step-buttons]"),
    ) ?? null
  );
}

/** The inputs that sources of the step's fields are asked with. */
function askedInputs(connector: Connector, step: Step | undefined): JsonObject {
  const fields = connector.actions.find((action) => action.name === step?.action)?.fields ?? [];
  const names = fields.flatMap((field) => field.source?.parameters ?? []);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = step?.inputs[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function isIn({ steps }: Definition, selection: Selection): boolean {
  return selection.kind === "trigger" || findStep(steps, selection.key) !== null;
}

/** A list that is unfolded takes Escape for itself. */
function isUnfolded(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute("aria-expanded") === "true";
}

/** The same object as long as it says the same: fields learn of sources when there are new ones, not with every letter. */
function useUnchanged<T>(value: T): T {
  const kept = useRef(value);
  if (kept.current !== value && JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}

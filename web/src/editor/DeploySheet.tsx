/** Before a deploy: problems first, then what changes, for whom and in what is sent, then the button. */
import { Alert, Button, Drawer, Stack, Switch, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Rocket, TriangleAlert } from "lucide-react";
import { memo, useState } from "react";
import { ApiError, call, fieldsOf, sentence } from "../api/client.ts";
import type { Definition, Problem } from "../api/definition.ts";
import type { Integration } from "../api/integrations.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import type { Rollout } from "../api/rollout.ts";
import type { Workflow } from "../api/workflows.ts";
import { commonText } from "../texts/common.ts";
import { deployText } from "../texts/deploy.tsx";
import { editorText } from "../texts/editor.tsx";
import { ErrorNotice, Hint } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { whileClosed } from "../ui/whileClosed.ts";
import { ChangeList } from "./ChangeList.tsx";
import { same } from "./canvasNodes.ts";
import classes from "./DeploySheet.module.css";
import type { Draft, Selection } from "./draft.ts";
import { ForecastSection } from "./ForecastSection.tsx";
import { deployChanges } from "./model/diff.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { findStep } from "./model/steps.ts";
import { RolloutFields } from "./RolloutFields.tsx";

const texts = deployText.sheet;

interface DeploySheetProps {
  projectId: string;
  workflow: Workflow;
  integration: Integration;
  titles: ActionTitles;
  draft: Draft;
  opened: boolean;
  onClose: () => void;
}

export const DeploySheet = memo(function DeploySheet(props: DeploySheetProps) {
  const { projectId, workflow, integration, titles, draft, opened, onClose } = props;
  const [note, setNote] = useState("");
  const [staged, setStaged] = useState(false);
  const before = workflow.deployed?.definition ?? null;
  const { trigger } = draft.definition;
  const isOtherTrigger = opened && before !== null && !same(before.trigger, trigger);
  // Two App Events may take turns, user by user; what else starts a workflow is set up once for all.
  const events = isOtherTrigger && before?.trigger?.appEvent && trigger?.appEvent;
  const isRefused = isOtherTrigger && !events;
  const isStaged = staged && before !== null && !isRefused;
  const [rollout, setRollout] = useState<Rollout>({ percent: 10, userIds: [] });
  const deploy = useChange(
    projectId,
    async () => {
      if (!(await draft.flush())) throw new Error(texts.notSaved);
      return call<Workflow>("POST", `${at(projectId)}/workflows/${workflow.id}/deploy`, {
        ...(note.trim() === "" ? {} : { note: note.trim() }),
        ...(isStaged ? { rollout } : {}),
      });
    },
    ({ deployed }) => {
      const version = deployed?.number ?? "";
      setNote("");
      onClose();
      if (isStaged) {
        setStaged(false);
        notifications.show({
          color: "green",
          title: texts.rolloutBegun,
          message: texts.rolloutBegunAbout(version),
        });
        return;
      }
      notifications.show({
        color: "green",
        title: texts.deployed(version),
        message: texts.deployedAbout,
      });
    },
  );
  const refused = (deploy.error instanceof ApiError ? (deploy.error.meta.problems ?? []) : []).filter(
    (problem) => "pointer" in problem,
  );
  const problems = draft.problems.length > 0 ? draft.problems : refused;
  const changes = opened ? deployChanges(before, draft.definition, titles) : [];

  return (
    <Drawer
      opened={opened}
      onClose={() => {
        deploy.reset();
        onClose();
      }}
      position="right"
      size={480}
      title={texts.title(workflow.name)}
    >
      <Stack gap="lg">
        {problems.length > 0 && (
          <ProblemList
            problems={problems}
            definition={draft.definition}
            titles={titles}
            onGo={(selection) => {
              draft.select(selection);
              onClose();
            }}
          />
        )}
        <Stack gap="xs" component="section">
          <Title order={3}>{texts.changes}</Title>
          {workflow.deployed ? (
            <Text size="sm" c="dimmed">
              {texts.against(workflow.deployed.number, <RelativeTime at={workflow.deployed.deployedAt} />)}
            </Text>
          ) : (
            <Text size="sm" c="dimmed">
              {texts.first}
            </Text>
          )}
          <ChangeList changes={changes} none={texts.noChanges} />
        </Stack>
        <Text size="sm">{editorText.usersOn(workflow.usersEnabled)}</Text>
        {workflow.deployed && problems.length === 0 && changes.length > 0 && (
          <ForecastSection
            projectId={projectId}
            workflowId={workflow.id}
            definition={draft.definition}
            titles={titles}
            opened={opened}
          />
        )}
        {!integration.active && <Hint>{texts.inactive(integration.name)}</Hint>}
        <TextInput
          label={commonText.note}
          placeholder={texts.noteHint}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {workflow.deployed && (
          <Stack gap="sm">
            <Switch
              label={deployText.staged.label}
              description={
                isRefused
                  ? deployText.staged.otherTrigger(workflow.deployed.number)
                  : deployText.staged.about(workflow.deployed.number)
              }
              checked={isStaged}
              disabled={isRefused}
              onChange={(event) => setStaged(event.currentTarget.checked)}
            />
            {isStaged && events && (
              <Hint>
                {deployText.staged.twoEvents(trigger?.appEvent ?? "", before?.trigger?.appEvent ?? "")}
              </Hint>
            )}
            {isStaged && (
              <RolloutFields value={rollout} errors={fieldsOf(deploy.error)} onChange={setRollout} />
            )}
          </Stack>
        )}
        {refused.length === 0 && Object.keys(fieldsOf(deploy.error)).length === 0 && (
          <ErrorNotice error={deploy.error} />
        )}
        <Stack gap={4}>
          <Button
            leftSection={<Rocket size={16} />}
            loading={deploy.isPending}
            disabled={problems.length > 0}
            onClick={() => deploy.mutate(undefined)}
          >
            {isStaged ? texts.beginRollout : texts.deploy}
          </Button>
          {problems.length > 0 && (
            <Text size="xs" c="dimmed" ta="center">
              {deployText.problems.solve}
            </Text>
          )}
        </Stack>
      </Stack>
    </Drawer>
  );
}, whileClosed);

interface ProblemListProps {
  problems: Problem[];
  definition: Definition;
  titles: ActionTitles;
  onGo: (selection: Selection) => void;
}

function ProblemList({ problems, definition, titles, onGo }: ProblemListProps) {
  return (
    <Alert
      color="orange"
      icon={<TriangleAlert size={18} />}
      title={deployText.problems.title(problems.length)}
    >
      <Stack gap={6}>
        {problems.map((problem) => {
          const step = problem.step ? findStep(definition.steps, problem.step)?.step : undefined;
          return (
            <UnstyledButton
              key={`${problem.pointer} ${problem.message}`}
              className={classes.problem}
              onClick={() => onGo(step ? { kind: "step", key: step.key } : { kind: "trigger" })}
            >
              <b>{step ? nameOf(step, titles) : commonText.workflow}</b>
              {": "}
              {sentence(problem.message)}
            </UnstyledButton>
          );
        })}
      </Stack>
    </Alert>
  );
}

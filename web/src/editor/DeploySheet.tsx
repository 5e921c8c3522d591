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
import { ErrorNotice, Hint } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { whileClosed } from "../ui/whileClosed.ts";
import { ChangeList } from "./ChangeList.tsx";
import { same } from "./canvasNodes.ts";
import classes from "./DeploySheet.module.css";
import type { Draft, Selection } from "./draft.ts";
import { usersOn } from "./EditorBar.tsx";
import { ForecastSection } from "./ForecastSection.tsx";
import { deployChanges } from "./model/diff.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { findStep } from "./model/steps.ts";
import { RolloutFields } from "./RolloutFields.tsx";

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
      if (!(await draft.flush()))
        throw new Error("The newest edits could not be saved, so nothing was deployed.");
      return call<Workflow>("POST", `${at(projectId)}/workflows/${workflow.id}/deploy`, {
        ...(note.trim() === "" ? {} : { note: note.trim() }),
        ...(isStaged ? { rollout } : {}),
      });
    },
    (deployed) => {
      setNote("");
      onClose();
      if (isStaged) {
        setStaged(false);
        notifications.show({
          color: "green",
          title: "The rollout has begun",
          message: `The others stay on version ${deployed.deployed?.number ?? ""}. Raise the share, finish it or roll it back above the canvas.`,
        });
        return;
      }
      notifications.show({
        color: "green",
        title: `Deployed version ${deployed.deployed?.number ?? ""}`,
        message: "New App Events run on it. Runs that began earlier end on the version they began with.",
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
      title={`Deploy ${workflow.name}`}
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
          <Title order={3}>What changes</Title>
          {workflow.deployed ? (
            <Text size="sm" c="dimmed">
              Against version {workflow.deployed.number}, deployed{" "}
              <RelativeTime at={workflow.deployed.deployedAt} />
            </Text>
          ) : (
            <Text size="sm" c="dimmed">
              This is the first deploy.
            </Text>
          )}
          <ChangeList changes={changes} none="Nothing: the draft is what is deployed." />
        </Stack>
        <Text size="sm">{usersOn(workflow)}</Text>
        {workflow.deployed && problems.length === 0 && changes.length > 0 && (
          <ForecastSection
            projectId={projectId}
            workflowId={workflow.id}
            definition={draft.definition}
            titles={titles}
            opened={opened}
          />
        )}
        {!integration.active && (
          <Hint>
            {integration.name} is not active yet, so nobody can connect to it. You can deploy, and activate it
            afterwards.
          </Hint>
        )}
        <TextInput
          label="Note"
          placeholder="Optional: what you changed, for your team"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {workflow.deployed && (
          <Stack gap="sm">
            <Switch
              label="Only for some users at first"
              description={
                isRefused
                  ? `Not possible now: the trigger is another one than that of version ${workflow.deployed.number}. A time, an address or a hook at the provider is set up once for all users, so a version with another trigger is deployed for everybody; only one App Event can take another's place user by user. Deploy the new trigger first, then roll out what follows it.`
                  : `The others stay on version ${workflow.deployed.number} until you finish the rollout.`
              }
              checked={isStaged}
              disabled={isRefused}
              onChange={(event) => setStaged(event.currentTarget.checked)}
            />
            {isStaged && events && (
              <Hint>
                Until you finish the rollout, users with the new version are reached by “{trigger?.appEvent}”
                and the others by “{before?.trigger?.appEvent}”: let your app send both. Each user has one run
                of it.
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
            {isStaged ? "Begin rollout" : "Deploy"}
          </Button>
          {problems.length > 0 && (
            <Text size="xs" c="dimmed" ta="center">
              Solve the problems first.
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
      title={problems.length === 1 ? "1 problem" : `${problems.length} problems`}
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
              <b>{step ? nameOf(step, titles) : "Workflow"}</b>
              {": "}
              {sentence(problem.message)}
            </UnstyledButton>
          );
        })}
      </Stack>
    </Alert>
  );
}

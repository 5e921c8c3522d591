/** Before a deploy: problems first, then what changes and for whom, then the button. */
import {
  Alert,
  Badge,
  Button,
  Drawer,
  Group,
  Stack,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Rocket, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { ApiError, call, sentence } from "../api/client.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import type { Definition, Integration, Problem, Workflow } from "../api/types.ts";
import { ErrorNotice, Hint } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import classes from "./DeploySheet.module.css";
import type { Draft, Selection } from "./draft.ts";
import { usersOn } from "./EditorBar.tsx";
import { type Change, deployChanges } from "./model/diff.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { findStep } from "./model/steps.ts";

interface DeploySheetProps {
  projectId: string;
  workflow: Workflow;
  integration: Integration;
  titles: ActionTitles;
  draft: Draft;
  opened: boolean;
  onClose: () => void;
}

export function DeploySheet(props: DeploySheetProps) {
  const { projectId, workflow, integration, titles, draft, opened, onClose } = props;
  const [note, setNote] = useState("");
  const deploy = useChange(
    projectId,
    async () => {
      if (!(await draft.flush()))
        throw new Error("The newest edits could not be saved, so nothing was deployed.");
      return call<Workflow>(
        "POST",
        `${at(projectId)}/workflows/${workflow.id}/deploy`,
        note.trim() === "" ? {} : { note: note.trim() },
      );
    },
    (deployed) => {
      setNote("");
      onClose();
      notifications.show({
        color: "green",
        title: `Deployed version ${deployed.deployed?.number ?? ""}`,
        message: "New App Events run on it. Runs that began earlier end on the version they began with.",
      });
    },
  );
  const refused = deploy.error instanceof ApiError ? (deploy.error.meta.problems ?? []) : [];
  const problems = draft.problems.length > 0 ? draft.problems : refused;
  const before = workflow.deployed?.definition ?? null;
  const changes = deployChanges(before, draft.definition, titles);

  return (
    <Drawer
      opened={opened}
      onClose={() => {
        deploy.reset();
        onClose();
      }}
      position="right"
      size={440}
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
          {changes.map((change) => (
            <ChangeRow key={`${change.kind} ${change.what}`} change={change} />
          ))}
          {changes.length === 0 && (
            <Text size="sm" c="dimmed">
              Nothing: the draft is what is deployed.
            </Text>
          )}
        </Stack>
        <Text size="sm">{usersOn(workflow)}</Text>
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
        {refused.length === 0 && <ErrorNotice error={deploy.error} />}
        <Stack gap={4}>
          <Button
            leftSection={<Rocket size={16} />}
            loading={deploy.isPending}
            disabled={problems.length > 0}
            onClick={() => deploy.mutate(undefined)}
          >
            Deploy
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
}

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

function ChangeRow({ change }: { change: Change }) {
  const color = { added: "green", changed: "blue", removed: "red" }[change.kind];
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <Badge variant="light" color={color} radius="sm" tt="none" w={80} style={{ flexShrink: 0 }}>
        {change.kind}
      </Badge>
      <Stack gap={0} style={{ minWidth: 0 }}>
        <Text size="sm" fw={500}>
          {change.what}
        </Text>
        {change.details.map((detail) => (
          <Text key={detail} size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {detail}
          </Text>
        ))}
      </Stack>
    </Group>
  );
}

/** One run: the path it took on the left, what the chosen step sent and got on the right. */
import { Anchor, Breadcrumbs, Button, Card, Grid, Group, Menu, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Ban, ChevronDown, RotateCcw, StepForward } from "lucide-react";
import { useState } from "react";
import { call } from "../../api/client.ts";
import type { ReplayHow } from "../../api/history.ts";
import { useChange } from "../../api/mutations.ts";
import { at, isFinal, runQuery } from "../../api/queries.ts";
import type { RunDetail } from "../../api/runs.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { FaultNotice } from "./FaultNotice.tsx";
import { QueueNotice } from "./QueueNotice.tsx";
import { RunPath } from "./RunPath.tsx";
import { StepDetails, TriggerDetails } from "./StepDetails.tsx";
import { findRunStep, interestingStep } from "./steps.ts";
import { isDirect, triggerLine } from "./triggers.ts";

export function RunPage() {
  const { projectId, runId } = useParams({ from: "/p/$projectId/task-history/$runId" });
  const run = useQuery(runQuery(projectId, runId));
  const found = run.data;
  return (
    <Page>
      <PageHeader
        title={found?.workflowName ?? runsText.run.untitled}
        above={
          <Breadcrumbs fz="sm">
            <TextLink to="/p/$projectId/task-history" params={{ projectId }} size="sm">
              {commonText.taskHistory}
            </TextLink>
            <Anchor component="span" size="sm" c="dimmed" underline="never">
              {found ? runsText.run.title(found.seq) : runsText.run.untitled}
            </Anchor>
          </Breadcrumbs>
        }
        beside={
          found && (
            <>
              <StateBadge state={found.state} />
              <CopyButton value={found.id} label={runsText.run.copyId} />
            </>
          )
        }
        description={found && <RunLine projectId={projectId} run={found} />}
      >
        {found && found.trigger.kind !== "proxy" && <RunButtons projectId={projectId} run={found} />}
      </PageHeader>
      <ErrorNotice error={run.error} />
      {run.isPending && <ListSkeleton />}
      {found && <RunBody projectId={projectId} run={found} />}
    </Page>
  );
}

function RunLine({ projectId, run }: { projectId: string; run: RunDetail }) {
  return (
    <>
      {runsText.run.about(
        <TextLink size="sm" to="/p/$projectId/users/$userId" params={{ projectId, userId: run.user.id }}>
          {run.user.name ?? run.user.userId}
        </TextLink>,
        triggerLine(run.trigger),
        Boolean(run.startedAt),
        <RelativeTime at={run.startedAt ?? run.createdAt} />,
      )}
      {run.durationMs !== null && run.durationMs !== undefined && runsText.run.took(duration(run.durationMs))}
      {!isDirect(run.trigger.kind) && (
        <>
          {" · "}
          <TextLink
            size="sm"
            to="/p/$projectId/workflows/$workflowId"
            params={{ projectId, workflowId: run.workflowId }}
          >
            {runsText.run.version(run.versionNumber)}
          </TextLink>
        </>
      )}
      {run.replayOf && (
        <>
          {" · "}
          <TextLink
            size="sm"
            to="/p/$projectId/task-history/$runId"
            params={{ projectId, runId: run.replayOf }}
          >
            {runsText.run.replayOf}
          </TextLink>
        </>
      )}
    </>
  );
}

function RunButtons({ projectId, run }: { projectId: string; run: RunDetail }) {
  const navigate = useNavigate();
  const path = `${at(projectId)}/runs/${run.id}`;
  const replay = useChange(
    projectId,
    (how: ReplayHow) => call<{ id: string }>("POST", `${path}/replay`, how),
    ({ id }) => void navigate({ to: "/p/$projectId/task-history/$runId", params: { projectId, runId: id } }),
  );
  const cancel = useChange(projectId, () => call("POST", `${path}/cancel`, {}));
  const variant = isFinal(run.state) ? "filled" : "default";
  return (
    <Stack gap={4} align="flex-end">
      <Group gap="xs">
        {!isFinal(run.state) && (
          <Button
            variant="default"
            leftSection={<Ban size={16} />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined)}
          >
            {runsText.run.cancel}
          </Button>
        )}
        {run.state === "failed" && (
          <Button
            variant="default"
            leftSection={<StepForward size={16} />}
            loading={replay.isPending && replay.variables.from === "failed"}
            onClick={() => replay.mutate({ from: "failed" })}
          >
            {runsText.run.replayFromFailed}
          </Button>
        )}
        <Button.Group>
          <Button
            variant={variant}
            leftSection={<RotateCcw size={16} />}
            loading={replay.isPending && replay.variables.from !== "failed"}
            onClick={() => replay.mutate({})}
          >
            {runsText.run.replay}
          </Button>
          {!isDirect(run.trigger.kind) && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant={variant} px={8} aria-label={runsText.run.replayMore}>
                  <ChevronDown size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => replay.mutate({ version: "current" })}>
                  {runsText.run.withDeployed}
                </Menu.Item>
                {run.state === "failed" && (
                  <Menu.Item onClick={() => replay.mutate({ version: "current", from: "failed" })}>
                    {runsText.run.fromFailedWithDeployed}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </Button.Group>
      </Group>
      <ErrorNotice error={replay.error ?? cancel.error} />
    </Stack>
  );
}

function RunBody({ projectId, run }: { projectId: string; run: RunDetail }) {
  const interesting = interestingStep(run.steps);
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = picked ?? interesting?.path ?? "trigger";
  const step = findRunStep(run.steps, chosen);
  return (
    <Grid gap="lg">
      {run.fault && (
        <Grid.Col span={12}>
          <FaultNotice fault={run.fault} run={run} projectId={projectId} />
        </Grid.Col>
      )}
      {run.queue && (
        <Grid.Col span={12}>
          <QueueNotice queue={run.queue} />
        </Grid.Col>
      )}
      <Grid.Col span={{ base: 12, md: 4 }}>
        <RunPath run={run} chosen={chosen} onChoose={setPicked} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Card withBorder padding="lg">
          {step ? (
            <StepDetails projectId={projectId} run={run} step={step} />
          ) : run.event ? (
            <TriggerDetails event={run.event} />
          ) : (
            <Text c="dimmed">{runsText.run.eventGone}</Text>
          )}
        </Card>
      </Grid.Col>
    </Grid>
  );
}

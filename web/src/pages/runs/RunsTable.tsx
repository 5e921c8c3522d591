import { Table, Text } from "@mantine/core";
import { sentence } from "../../api/client.ts";
import type { Run } from "../../api/runs.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { TextLink } from "../../ui/links.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { triggerLine } from "./triggers.ts";

export function RunsTable({ projectId, runs }: { projectId: string; runs: Run[] }) {
  return (
    <Table.ScrollContainer minWidth={780}>
      <Table highlightOnHover verticalSpacing={7} aria-label={runsText.table.label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{commonText.state}</Table.Th>
            <Table.Th>{commonText.workflow}</Table.Th>
            <Table.Th>{commonText.user}</Table.Th>
            <Table.Th>{commonText.trigger}</Table.Th>
            <Table.Th>{runsText.table.started}</Table.Th>
            <Table.Th ta="right">{runsText.table.duration}</Table.Th>
            <Table.Th ta="right">{commonText.steps}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <StateBadge state={run.state} />
              </Table.Td>
              <Table.Td maw={260}>
                <TextLink
                  fw={500}
                  to="/p/$projectId/task-history/$runId"
                  params={{ projectId, runId: run.id }}
                >
                  {run.workflowName}
                </TextLink>
                <Text span size="xs" c="dimmed" ml={6}>
                  {runsText.table.version(run.versionNumber)}
                </Text>
                {run.fault && (
                  <Text size="xs" c="dimmed" truncate title={run.fault.message}>
                    {sentence(run.fault.message)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <TextLink
                  size="sm"
                  to="/p/$projectId/users/$userId"
                  params={{ projectId, userId: run.user.id }}
                >
                  {run.user.name ?? run.user.userId}
                </TextLink>
              </Table.Td>
              <Table.Td>
                <Text size="sm" title={triggerLine(run.trigger)}>
                  {run.trigger.name || triggerLine(run.trigger)}
                </Text>
              </Table.Td>
              <Table.Td>
                <RelativeTime at={run.startedAt ?? run.createdAt} />
              </Table.Td>
              <Table.Td ta="right">
                <Text size="sm">{duration(run.durationMs)}</Text>
              </Table.Td>
              <Table.Td ta="right">
                <Text size="sm">
                  {run.steps.done}/{run.steps.total}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

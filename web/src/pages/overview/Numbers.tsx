/** Four numbers of a while and how they went, the runs as bars, and what failed. */
import { Card, Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Overview } from "../../api/overview.ts";
import { overviewQuery } from "../../api/queries.ts";
import type { Checklist } from "../../api/session.ts";
import { commonText, grouped } from "../../texts/common.ts";
import { overviewText } from "../../texts/overview.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { duration, exact } from "../../ui/time.ts";
import { Failures } from "./Failures.tsx";
import { Quotas } from "./Quotas.tsx";
import { RunsChart, Sparkline } from "./RunsChart.tsx";

const periods = [
  { value: "24h", label: overviewText.numbers.lastDay },
  { value: "7d", label: overviewText.numbers.lastWeek },
  { value: "30d", label: overviewText.numbers.lastMonth },
];

export function Numbers({ projectId, counts }: { projectId: string; counts: Checklist["counts"] }) {
  const [period, setPeriod] = useState("24h");
  const overview = useQuery(overviewQuery(projectId, period));
  const found = overview.data;
  return (
    <Stack gap="xl">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={2}>{commonText.runs}</Title>
          <SegmentedControl
            size="xs"
            data={periods}
            value={period}
            onChange={setPeriod}
            aria-label={overviewText.numbers.period}
          />
        </Group>
        <ErrorNotice error={overview.error} />
        {overview.isPending && <ListSkeleton rows={2} height={100} />}
        {found && (
          <>
            <Figures overview={found} users={counts.users} />
            <Card withBorder padding="md">
              <RunsChart overview={found} />
            </Card>
            {isCut(found, period) && (
              <Text size="sm" c="dimmed">
                {overviewText.numbers.cut(exact(found.since))}
              </Text>
            )}
          </>
        )}
      </Stack>
      {found && <Failures projectId={projectId} failures={found.failures} />}
      <Quotas projectId={projectId} />
    </Stack>
  );
}

/** Whether the server counted a shorter while than was asked for. */
function isCut(overview: Overview, period: string): boolean {
  const first = overview.slots[0]?.at;
  return period !== "" && first !== undefined && Date.parse(overview.since) > Date.parse(first);
}

function Figures({ overview, users }: { overview: Overview; users: number }) {
  const { totals, slots } = overview;
  const rate = (succeeded: number, failed: number) =>
    succeeded + failed === 0 ? null : (succeeded / (succeeded + failed)) * 100;
  const overall = rate(totals.succeeded, totals.failed);
  const figures = [
    {
      label: commonText.runs,
      value: grouped(totals.runs),
      line: slots.map((slot) => slot.succeeded + slot.failed + slot.other),
    },
    {
      label: overviewText.numbers.successRate,
      // Rounded down: 99.96 % is not all.
      value: overall === null ? "–" : `${Math.floor(overall * 10) / 10} %`,
      line: slots.map((slot) => rate(slot.succeeded, slot.failed)),
    },
    {
      label: overviewText.numbers.medianTime,
      value: duration(totals.medianMs),
      line: slots.map((slot) => slot.medianMs ?? null),
    },
    { label: overviewText.numbers.connectedUsers, value: grouped(users), line: [] },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
      {figures.map(({ label, value, line }) => (
        <Card key={label} withBorder padding="md">
          <Text size="sm" c="dimmed">
            {label}
          </Text>
          <Text fz={24} fw={600} lh={1.3}>
            {value}
          </Text>
          <Sparkline values={line} label={overviewText.numbers.overTime(label)} />
        </Card>
      ))}
    </SimpleGrid>
  );
}

import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { checklistQuery, latestRunsQuery } from "../../api/queries.ts";
import type { Checklist } from "../../api/session.ts";
import { useProjectId, useSession } from "../../app/project.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { overviewText } from "../../texts/overview.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { RunsTable } from "../runs/RunsTable.tsx";
import { Numbers } from "./Numbers.tsx";
import { TutorialChecklist } from "./TutorialChecklist.tsx";

export function OverviewPage() {
  const projectId = useProjectId();
  const session = useSession();
  const checklist = useQuery(checklistQuery(projectId));
  const runs = useQuery(latestRunsQuery(projectId));
  const name = session?.projects.find((project) => project.id === projectId)?.name ?? commonText.overview;
  const started = (checklist.data?.counts.runs ?? 0) > 0;
  // Until all is done the next step stands on top; afterwards what happens does.
  const done = checklist.data ? isDone(checklist.data) : false;
  return (
    <Page>
      <PageHeader
        title={name}
        description={
          <Group component="span" gap={2}>
            {commonText.projectId}
            <Text span className="mono" ml={4}>
              {projectId}
            </Text>
            <CopyButton value={projectId} label={commonText.copyProjectId} />
          </Group>
        }
      />
      <ErrorNotice error={checklist.error} />
      {checklist.isPending && <ListSkeleton rows={8} />}
      {checklist.data && (
        <Stack gap="xl">
          {started && done && <Numbers projectId={projectId} counts={checklist.data.counts} />}
          {!done && <TutorialChecklist projectId={projectId} checklist={checklist.data} />}
          {started && !done && <Numbers projectId={projectId} counts={checklist.data.counts} />}
          {runs.data && runs.data.length > 0 && (
            <Stack gap="xs">
              <Group justify="space-between">
                <Title order={2}>{commonText.latestRuns}</Title>
                <TextLink size="sm" to="/p/$projectId/task-history" params={{ projectId }}>
                  {overviewText.allRuns}
                </TextLink>
              </Group>
              <RunsTable projectId={projectId} runs={runs.data} />
            </Stack>
          )}
          {done && <TutorialChecklist projectId={projectId} checklist={checklist.data} />}
        </Stack>
      )}
    </Page>
  );
}

function isDone({ counts: _, ...lines }: Checklist): boolean {
  return Object.values(lines).every(Boolean);
}

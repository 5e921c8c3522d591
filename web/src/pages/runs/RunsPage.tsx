/** Task History: every run, newest first; the filters live in the address. */
import { Button, Center, Group, Select, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { History, Search } from "lucide-react";
import { runsQuery, workflowsQuery } from "../../api/queries.ts";
import type { RunFilter } from "../../api/types.ts";
import { Page } from "../../app/Shell.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";
import { RunsTable } from "./RunsTable.tsx";
import { UserFilter } from "./UserFilter.tsx";

const states = ["queued", "running", "waiting", "in_doubt", "succeeded", "failed", "cancelled"];

export function RunsPage() {
  const { projectId } = useParams({ from: "/p/$projectId/task-history" });
  const filter = useSearch({ from: "/p/$projectId/task-history" });
  const navigate = useNavigate();
  const runs = useInfiniteQuery(runsQuery(projectId, filter));
  const workflows = useQuery(workflowsQuery(projectId)).data ?? [];
  const list = (runs.data?.pages ?? []).flatMap((page) => page.items);
  const filtered = Object.values(filter).some((value) => value !== undefined);

  const set = (change: RunFilter) =>
    void navigate({
      to: "/p/$projectId/task-history",
      params: { projectId },
      search: { ...filter, ...change },
      replace: true,
    });

  return (
    <Page>
      <PageHeader
        title="Task History"
        description="What every App Event led to: which steps ran, for whom, and what the provider answered."
        beside={
          <Group gap={6}>
            <span className="live-dot" aria-hidden />
            <Text size="sm" c="dimmed">
              Live
            </Text>
          </Group>
        }
      />
      <Group mb="md" gap="xs">
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          w={160}
          data={states.map((state) => ({ value: state, label: stateLook(state).word }))}
          value={filter.state ?? null}
          onChange={(state) => set({ state: state ?? undefined })}
        />
        <Select
          aria-label="Workflow"
          placeholder="Any workflow"
          clearable
          searchable
          w={220}
          data={workflows.map((workflow) => ({ value: workflow.id, label: workflow.name }))}
          value={filter.workflowId ?? null}
          onChange={(workflowId) => set({ workflowId: workflowId ?? undefined })}
        />
        <UserFilter projectId={projectId} value={filter.userId} onChange={(userId) => set({ userId })} />
        {filter.event && (
          <Button variant="light" onClick={() => set({ event: undefined })}>
            {`Event: ${filter.event} ×`}
          </Button>
        )}
        {filtered && (
          <Button
            variant="subtle"
            onClick={() =>
              set({ state: undefined, workflowId: undefined, userId: undefined, event: undefined })
            }
          >
            Clear filters
          </Button>
        )}
      </Group>
      <ErrorNotice error={runs.error} mb="md" />
      {runs.isPending && <ListSkeleton rows={8} />}
      {runs.data && list.length === 0 && filtered && (
        <EmptyState icon={<Search size={22} />} title="No run matches">
          Try fewer filters.
        </EmptyState>
      )}
      {runs.data && list.length === 0 && !filtered && (
        <EmptyState
          icon={<History size={22} />}
          title="No runs yet"
          action={
            <ButtonLink to="/p/$projectId" params={{ projectId }}>
              See how to send an App Event
            </ButtonLink>
          }
        >
          A run appears here when an App Event arrives for a user who has a workflow on. It appears by itself:
          this page keeps itself fresh.
        </EmptyState>
      )}
      {list.length > 0 && <RunsTable projectId={projectId} runs={list} />}
      {runs.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={runs.isFetchingNextPage} onClick={() => runs.fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </Page>
  );
}

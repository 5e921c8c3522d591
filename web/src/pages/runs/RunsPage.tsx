/** Task History: every run, newest first; the filters live in the address. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { History, Search } from "lucide-react";
import type { RunFilter } from "../../api/history.ts";
import { runsQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
import { runsText } from "../../texts/runs.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { exact } from "../../ui/time.ts";
import { BulkReplay } from "./BulkReplay.tsx";
import { HistoryHeader } from "./HistoryHeader.tsx";
import { Pager } from "./Pager.tsx";
import { RunFilters } from "./RunFilters.tsx";
import { RunsTable } from "./RunsTable.tsx";

export function RunsPage() {
  const { projectId } = useParams({ from: "/p/$projectId/task-history" });
  const filter = useSearch({ from: "/p/$projectId/task-history" });
  const navigate = useNavigate();
  const runs = useQuery(runsQuery(projectId, filter));
  const list = runs.data?.items ?? [];
  const isOlder = filter.cursor !== undefined;
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const searchedTo = runs.data?.searchedTo;

  const set = (search: RunFilter) =>
    void navigate({ to: "/p/$projectId/task-history", params: { projectId }, search, replace: true });

  return (
    <Page>
      <HistoryHeader projectId={projectId} list="runs" live={!isOlder}>
        <BulkReplay projectId={projectId} filter={filter} />
      </HistoryHeader>
      <RunFilters projectId={projectId} filter={filter} onChange={set} />
      <ErrorNotice error={runs.error} mb="md" />
      {runs.isPending && <ListSkeleton rows={8} />}
      {runs.data && list.length === 0 && filtered && !searchedTo && (
        <EmptyState icon={<Search size={22} />} title={runsText.list.noneMatches(isOlder)}>
          {runsText.list.searchWider}
        </EmptyState>
      )}
      {runs.data && list.length === 0 && !filtered && (
        <EmptyState
          icon={<History size={22} />}
          title={runsText.list.empty}
          action={
            <ButtonLink to="/p/$projectId" params={{ projectId }}>
              {runsText.list.howToSend}
            </ButtonLink>
          }
        >
          {runsText.list.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && <RunsTable projectId={projectId} runs={list} />}
      {searchedTo && (
        <Text c="dimmed" size="sm" ta="center" mt="md" role="status">
          {runsText.list.searchedTo(exact(searchedTo), list.length === 0)}
        </Text>
      )}
      <Pager isOlder={isOlder} nextCursor={runs.data?.nextCursor} />
    </Page>
  );
}

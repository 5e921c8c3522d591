/** Everything that arrived, newest first, also what started nothing: a misspelt name is found here. */
import { Button, Group, Select, Switch, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Radio, X } from "lucide-react";
import type { ReceivedEvent } from "../../api/events.ts";
import { type EventFilter, eventHistoryQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { EventNote } from "./EventNote.tsx";
import { HistoryHeader } from "./HistoryHeader.tsx";
import { Pager } from "./Pager.tsx";
import { SkippedReplay } from "./SkippedReplay.tsx";
import { TRIGGERS } from "./triggers.ts";

export function EventsPage() {
  const { projectId } = useParams({ from: "/p/$projectId/task-history/events" });
  const filter = useSearch({ from: "/p/$projectId/task-history/events" });
  const navigate = useNavigate();
  const events = useQuery(eventHistoryQuery(projectId, filter));
  const list = events.data?.items ?? [];
  const isOlder = filter.cursor !== undefined;
  const set = (change: EventFilter) =>
    void navigate({
      to: "/p/$projectId/task-history/events",
      params: { projectId },
      search: { ...filter, ...change, cursor: undefined },
      replace: true,
    });
  return (
    <Page>
      <HistoryHeader projectId={projectId} list="events" live={!isOlder}>
        <SkippedReplay projectId={projectId} event={filter.name} />
      </HistoryHeader>
      <Group mb="md" gap="md">
        <Select
          aria-label={commonText.kind}
          w={190}
          allowDeselect={false}
          data={Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }))}
          value={filter.kind ?? "appEvent"}
          onChange={(kind) => set({ kind: kind ?? undefined })}
        />
        <Switch
          label={runsText.events.startedNothing}
          checked={filter.unused === "true"}
          onChange={(event) => set({ unused: event.currentTarget.checked ? "true" : undefined })}
        />
        {filter.name && (
          <Button
            variant="light"
            rightSection={<X size={14} aria-hidden />}
            aria-label={runsText.events.removeName(filter.name)}
            onClick={() => set({ name: undefined })}
          >
            {runsText.events.name(filter.name)}
          </Button>
        )}
      </Group>
      <ErrorNotice error={events.error} mb="md" />
      {events.isPending && <ListSkeleton rows={8} />}
      {events.data && list.length === 0 && (
        <EmptyState
          icon={<Radio size={22} />}
          title={filter.unused ? runsText.events.allUsed : runsText.events.empty}
        >
          {filter.unused ? runsText.events.allUsedText : runsText.events.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && <EventsTable projectId={projectId} events={list} />}
      <Pager isOlder={isOlder} nextCursor={events.data?.nextCursor} />
    </Page>
  );
}

function EventsTable({ projectId, events }: { projectId: string; events: ReceivedEvent[] }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table highlightOnHover verticalSpacing={7} aria-label={commonText.events}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{commonText.name}</Table.Th>
            <Table.Th>{commonText.userId}</Table.Th>
            <Table.Th>{commonText.received}</Table.Th>
            <Table.Th ta="right">{commonText.runs}</Table.Th>
            <Table.Th>{runsText.events.whyNotMore}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Table.Tr key={event.id}>
              <Table.Td fw={500}>{event.name}</Table.Td>
              <Table.Td>{event.userId ?? runsText.events.deletedUser}</Table.Td>
              <Table.Td>
                <RelativeTime at={event.receivedAt} />
              </Table.Td>
              <Table.Td ta="right">
                {event.runs > 0 ? (
                  <TextLink
                    size="sm"
                    to="/p/$projectId/task-history"
                    params={{ projectId }}
                    search={{ event: event.name, text: event.userId ?? undefined }}
                  >
                    {String(event.runs)}
                  </TextLink>
                ) : (
                  "0"
                )}
              </Table.Td>
              <Table.Td>
                <EventNote note={event.note} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

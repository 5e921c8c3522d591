/** Everything that arrived, newest first, also what started nothing: a misspelt name is found here. */
import { Button, Group, Select, Switch, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Radio, X } from "lucide-react";
import type { ReceivedEvent } from "../../api/events.ts";
import { type EventFilter, eventHistoryQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
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
          aria-label="Kind"
          w={190}
          allowDeselect={false}
          data={Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }))}
          value={filter.kind ?? "appEvent"}
          onChange={(kind) => set({ kind: kind ?? undefined })}
        />
        <Switch
          label="Started nothing"
          checked={filter.unused === "true"}
          onChange={(event) => set({ unused: event.currentTarget.checked ? "true" : undefined })}
        />
        {filter.name && (
          <Button
            variant="light"
            rightSection={<X size={14} aria-hidden />}
            aria-label={`Remove filter: name ${filter.name}`}
            onClick={() => set({ name: undefined })}
          >
            {`Name: ${filter.name}`}
          </Button>
        )}
      </Group>
      <ErrorNotice error={events.error} mb="md" />
      {events.isPending && <ListSkeleton rows={8} />}
      {events.data && list.length === 0 && (
        <EmptyState
          icon={<Radio size={22} />}
          title={filter.unused ? "Everything that arrived started a run" : "Nothing arrived yet"}
        >
          {filter.unused
            ? "Events that nobody listens to would stand here, with the reason."
            : "What your app and the providers send appears here by itself, also when it starts nothing."}
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
      <Table highlightOnHover verticalSpacing={7} aria-label="Events">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>User id</Table.Th>
            <Table.Th>Received</Table.Th>
            <Table.Th ta="right">Runs</Table.Th>
            <Table.Th>Why not more</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Table.Tr key={event.id}>
              <Table.Td fw={500}>{event.name}</Table.Td>
              <Table.Td>{event.userId ?? "deleted user"}</Table.Td>
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

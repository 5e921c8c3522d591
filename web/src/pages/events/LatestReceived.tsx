import { Group, Stack, Table, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { receivedEventsQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { eventsText } from "../../texts/events.tsx";
import { TextLink } from "../../ui/links.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { EventNote } from "../runs/EventNote.tsx";

/** What arrived last, and why it started less than one may expect. Nothing while nothing arrived. */
export function LatestReceived({ projectId }: { projectId: string }) {
  const events = useQuery(receivedEventsQuery(projectId)).data ?? [];
  if (events.length === 0) return null;
  return (
    <Stack gap="xs" mt="xl">
      <Group justify="space-between">
        <Title order={2}>{eventsText.latest}</Title>
        <TextLink size="sm" to="/p/$projectId/task-history/events" params={{ projectId }}>
          {commonText.allEvents}
        </TextLink>
      </Group>
      <Table.ScrollContainer minWidth={600}>
        <Table verticalSpacing={7} aria-label={eventsText.latest}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{commonText.name}</Table.Th>
              <Table.Th>{commonText.userId}</Table.Th>
              <Table.Th>{commonText.received}</Table.Th>
              <Table.Th ta="right">{commonText.runs}</Table.Th>
              <Table.Th>{commonText.note}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {events.slice(0, 20).map((event) => (
              <Table.Tr key={event.id}>
                <Table.Td>{event.name}</Table.Td>
                <Table.Td>{event.userId}</Table.Td>
                <Table.Td>
                  <RelativeTime at={event.receivedAt} />
                </Table.Td>
                <Table.Td ta="right">{event.runs}</Table.Td>
                <Table.Td>
                  <EventNote note={event.note} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

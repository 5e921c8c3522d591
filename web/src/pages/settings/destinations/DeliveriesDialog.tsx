/** The log of a destination: each event with its state, the last answer, and a button to send it again. */
import { Button, Group, Modal, SegmentedControl, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Inbox } from "lucide-react";
import { Fragment, useState } from "react";
import { call, sentence } from "../../../api/client.ts";
import {
  type EventDelivery,
  type EventDestination,
  eventDeliveriesQuery,
} from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { ActionsHeader } from "../../../ui/ActionsHeader.tsx";
import { CodeBlock, JsonBlock } from "../../../ui/CodeBlock.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { RelativeTime } from "../../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../../ui/Skeletons.tsx";
import { StateBadge } from "../../../ui/StateBadge.tsx";

interface Props {
  projectId: string;
  destination: EventDestination;
  may: boolean;
  onClose: () => void;
}

export function DeliveriesDialog({ projectId, destination, may, onClose }: Props) {
  const [state, setState] = useState("");
  const found = useInfiniteQuery(eventDeliveriesQuery(projectId, destination.id, state));
  const deliveries = found.data?.pages.flatMap((page) => page.items) ?? [];
  const again = useChange(projectId, (delivery: EventDelivery) =>
    call(
      "POST",
      `${at(projectId)}/event-destinations/${destination.id}/deliveries/${encodeURIComponent(delivery.eventId)}/redeliver`,
    ),
  );
  return (
    <Modal opened onClose={onClose} title={`Deliveries of ${destination.name}`} size={900}>
      <Stack>
        <SegmentedControl
          aria-label="State"
          value={state}
          onChange={setState}
          style={{ alignSelf: "flex-start" }}
          data={[
            { value: "", label: "All" },
            { value: "pending", label: "Waiting" },
            { value: "delivered", label: "Delivered" },
            { value: "failed", label: "Failed" },
            { value: "dropped", label: "Dropped" },
          ]}
        />
        <ErrorNotice error={found.error ?? again.error} />
        {found.isPending && <ListSkeleton rows={3} />}
        {found.data && deliveries.length === 0 && (
          <EmptyState icon={<Inbox size={22} />} title="Nothing here">
            {state === ""
              ? "What happens from now on will stand here, with what the destination answered."
              : "No delivery is in this state."}
          </EmptyState>
        )}
        {deliveries.length > 0 && (
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing={7} aria-label="Deliveries">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Event</Table.Th>
                  <Table.Th>Happened</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Last attempt</Table.Th>
                  <ActionsHeader width={120} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {deliveries.map((delivery) => (
                  <Delivery
                    key={delivery.eventId}
                    delivery={delivery}
                    again={
                      may && (
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={`Send again: ${delivery.event}`}
                          disabled={!destination.enabled}
                          title={destination.enabled ? undefined : "The destination is disabled"}
                          loading={again.isPending && again.variables.eventId === delivery.eventId}
                          onClick={() => again.mutate(delivery)}
                        >
                          Send again
                        </Button>
                      )
                    }
                  />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {found.hasNextPage && (
          <Group justify="center">
            <Button
              variant="default"
              loading={found.isFetchingNextPage}
              onClick={() => void found.fetchNextPage()}
            >
              Show older
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Delivery({ delivery, again }: { delivery: EventDelivery; again: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  const { lastAttempt: last } = delivery;
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <Fragment>
      <Table.Tr>
        <Table.Td>
          <UnstyledButton
            aria-expanded={open}
            aria-label={`Details of ${delivery.event}`}
            onClick={() => setOpen(!open)}
          >
            <Group gap={4} wrap="nowrap">
              <Chevron size={14} aria-hidden />
              <Text size="sm" className="mono">
                {delivery.event}
              </Text>
            </Group>
          </UnstyledButton>
        </Table.Td>
        <Table.Td>
          <RelativeTime at={delivery.happenedAt} />
        </Table.Td>
        <Table.Td>
          <StateBadge state={delivery.state === "pending" ? "waiting" : delivery.state} />
        </Table.Td>
        <Table.Td>
          <Text size="sm">{summary(delivery)}</Text>
          {delivery.nextAttemptAt && delivery.attempts > 0 && (
            <Text size="xs" c="dimmed">
              next <RelativeTime at={delivery.nextAttemptAt} />
            </Text>
          )}
        </Table.Td>
        <Table.Td>{again}</Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={5}>
            <Stack gap="sm" py="xs">
              <Text size="sm" c="dimmed">
                Event <span className="mono">{delivery.eventId}</span>
                {delivery.attempts > 0 &&
                  ` · ${delivery.attempts} ${delivery.attempts === 1 ? "attempt" : "attempts"}`}
              </Text>
              {last?.error && <Text size="sm">{sentence(last.error)}.</Text>}
              {last?.answer && (
                <CodeBlock title="Answer" code={last.answer} label="Copy answer" wrap maxHeight={160} />
              )}
              <JsonBlock title="What happened" value={delivery.data} label="Copy data" maxHeight={260} />
            </Stack>
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

function summary({ lastAttempt: last }: EventDelivery): string {
  if (!last) return "not tried yet";
  const what = last.status ? `Answered ${last.status}` : last.error ? "No answer" : "Taken";
  return `${what} · ${last.durationMs} ms`;
}

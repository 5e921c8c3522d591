/** The log of a destination: each event with its state, the last answer, and a button to send it again. */
import { Button, Group, Modal, SegmentedControl, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Inbox } from "lucide-react";
import { Fragment, useState } from "react";
import { call, sentence } from "../../../api/client.ts";
import {
  type DeliveryState,
  type EventDelivery,
  type EventDestination,
  eventDeliveriesQuery,
} from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { ActionsHeader } from "../../../ui/ActionsHeader.tsx";
import { CodeBlock, JsonBlock } from "../../../ui/CodeBlock.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { RelativeTime } from "../../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../../ui/Skeletons.tsx";
import { StateBadge, stateLook } from "../../../ui/StateBadge.tsx";

const { deliveries: text } = settingsDestinationsText;

const STATES: readonly DeliveryState[] = ["pending", "delivered", "failed", "dropped"];

/** The badge's "pending" is said of accounts; a delivery waits. */
function shown(state: DeliveryState): string {
  return state === "pending" ? "waiting" : state;
}

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
    <Modal opened onClose={onClose} title={text.title(destination.name)} size={900}>
      <Stack>
        <SegmentedControl
          aria-label={commonText.state}
          value={state}
          onChange={setState}
          style={{ alignSelf: "flex-start" }}
          data={[
            { value: "", label: text.all },
            ...STATES.map((value) => ({ value, label: stateLook(shown(value)).word })),
          ]}
        />
        <ErrorNotice error={found.error ?? again.error} />
        {found.isPending && <ListSkeleton rows={3} />}
        {found.data && deliveries.length === 0 && (
          <EmptyState icon={<Inbox size={22} />} title={text.empty}>
            {state === "" ? text.emptyText : text.emptyState}
          </EmptyState>
        )}
        {deliveries.length > 0 && (
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing={7} aria-label={text.label}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{commonText.event}</Table.Th>
                  <Table.Th>{text.columns.happened}</Table.Th>
                  <Table.Th>{commonText.state}</Table.Th>
                  <Table.Th>{text.columns.lastAttempt}</Table.Th>
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
                          aria-label={text.againOf(delivery.event)}
                          disabled={!destination.enabled}
                          title={destination.enabled ? undefined : text.disabled}
                          loading={again.isPending && again.variables.eventId === delivery.eventId}
                          onClick={() => again.mutate(delivery)}
                        >
                          {commonText.sendAgain}
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
              {text.older}
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
            aria-label={text.details(delivery.event)}
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
          <StateBadge state={shown(delivery.state)} />
        </Table.Td>
        <Table.Td>
          <Text size="sm">{summary(delivery)}</Text>
          {delivery.nextAttemptAt && delivery.attempts > 0 && (
            <Text size="xs" c="dimmed">
              {text.next(<RelativeTime at={delivery.nextAttemptAt} />)}
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
                {text.event(<span className="mono">{delivery.eventId}</span>, delivery.attempts)}
              </Text>
              {last?.error && <Text size="sm">{sentence(last.error)}.</Text>}
              {last?.answer && (
                <CodeBlock
                  title={settingsDestinationsText.answer}
                  code={last.answer}
                  label={settingsDestinationsText.copyAnswer}
                  wrap
                  maxHeight={160}
                />
              )}
              <JsonBlock title={text.data} value={delivery.data} label={text.copyData} maxHeight={260} />
            </Stack>
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

function summary({ lastAttempt: last }: EventDelivery): string {
  if (!last) return text.notTried;
  const what = last.status ? text.answered(last.status) : last.error ? text.noAnswer : text.taken;
  return text.took(what, last.durationMs);
}

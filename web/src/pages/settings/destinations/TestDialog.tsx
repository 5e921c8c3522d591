/** Sends a sample to a destination and shows what it answered. */
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { call, sentence } from "../../../api/client.ts";
import {
  EVENTS,
  type EventDestination,
  type EventDestinationTest,
  type EventName,
} from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { CodeBlock, JsonBlock } from "../../../ui/CodeBlock.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { StateBadge } from "../../../ui/StateBadge.tsx";

interface Props {
  projectId: string;
  destination: EventDestination;
  onClose: () => void;
}

export function TestDialog({ projectId, destination, onClose }: Props) {
  const [event, setEvent] = useState<string>(destination.events[0] ?? "run.failed");
  const test = useChange(projectId, () =>
    call<EventDestinationTest>("POST", `${at(projectId)}/event-destinations/${destination.id}/test`, {
      event,
    }),
  );
  return (
    <Modal opened onClose={onClose} title={`Test ${destination.name}`} centered>
      <Stack>
        <Select
          label="Event"
          description="A made-up event of this kind is sent now. It says that it is a test."
          data={Object.entries(EVENTS).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={event}
          onChange={(value) => setEvent(value ?? ("run.failed" satisfies EventName))}
        />
        <ErrorNotice error={test.error} />
        {test.data && <Answer answered={test.data} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button loading={test.isPending} onClick={() => test.mutate(undefined)}>
            {test.data ? "Send again" : "Send test"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Answer({ answered }: { answered: EventDestinationTest }) {
  return (
    <Stack gap={6} role="status" aria-label="Answer">
      <Group gap="xs">
        <StateBadge state={answered.ok ? "delivered" : "failed"} />
        <Text size="sm">
          {answered.status ? `Answered ${answered.status} in ` : "After "}
          {answered.durationMs} ms
        </Text>
      </Group>
      {answered.sent != null && (
        <>
          <Text size="sm">What was sent</Text>
          <JsonBlock value={answered.sent} label="Copy what was sent" maxHeight={200} />
        </>
      )}
      {answered.error && <Text size="sm">{sentence(answered.error)}.</Text>}
      {answered.answer && <CodeBlock code={answered.answer} label="Copy answer" wrap maxHeight={160} />}
    </Stack>
  );
}

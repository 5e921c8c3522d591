/** Sends a sample to a destination and shows what it answered. */
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { call, sentence } from "../../../api/client.ts";
import type { EventDestination, EventDestinationTest, EventName } from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { CodeBlock, JsonBlock } from "../../../ui/CodeBlock.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { StateBadge } from "../../../ui/StateBadge.tsx";

const { test: text } = settingsDestinationsText;

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
    <Modal opened onClose={onClose} title={text.title(destination.name)} centered>
      <Stack>
        <Select
          label={commonText.event}
          description={text.eventAbout}
          data={Object.entries(settingsDestinationsText.events).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={event}
          onChange={(value) => setEvent(value ?? ("run.failed" satisfies EventName))}
        />
        <ErrorNotice error={test.error} />
        {test.data && <Answer answered={test.data} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {commonText.close}
          </Button>
          <Button loading={test.isPending} onClick={() => test.mutate(undefined)}>
            {test.data ? commonText.sendAgain : text.send}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Answer({ answered }: { answered: EventDestinationTest }) {
  return (
    <Stack gap={6} role="status" aria-label={settingsDestinationsText.answer}>
      <Group gap="xs">
        <StateBadge state={answered.ok ? "delivered" : "failed"} />
        <Text size="sm">
          {answered.status
            ? text.answered(answered.status, answered.durationMs)
            : text.noAnswer(answered.durationMs)}
        </Text>
      </Group>
      {answered.sent != null && (
        <>
          <Text size="sm">{text.sent}</Text>
          <JsonBlock value={answered.sent} label={text.copySent} maxHeight={200} />
        </>
      )}
      {answered.error && <Text size="sm">{sentence(answered.error)}.</Text>}
      {answered.answer && (
        <CodeBlock code={answered.answer} label={settingsDestinationsText.copyAnswer} wrap maxHeight={160} />
      )}
    </Stack>
  );
}

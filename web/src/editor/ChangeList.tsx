/** Steps as a difference. */
import { Box, Group, Stack, Text } from "@mantine/core";
import { StateBadge } from "../ui/StateBadge.tsx";
import type { Change } from "./model/diff.ts";

export function ChangeList({ changes, none }: { changes: readonly Change[]; none: string }) {
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    );
  }
  return changes.map((change) => <ChangeRow key={`${change.kind} ${change.what}`} change={change} />);
}

/** As badges know them. */
const STATES: Record<Change["kind"], string> = { added: "added", changed: "edited", removed: "removed" };

function ChangeRow({ change }: { change: Change }) {
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <Box w={96} style={{ flexShrink: 0 }}>
        <StateBadge state={STATES[change.kind]} />
      </Box>
      <Stack gap={0} style={{ minWidth: 0 }}>
        <Text size="sm" fw={500}>
          {change.what}
        </Text>
        {change.details.map((detail) => (
          <Text key={detail} size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {detail}
          </Text>
        ))}
      </Stack>
    </Group>
  );
}

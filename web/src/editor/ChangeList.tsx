/** Steps as a difference. */
import { Badge, Group, Stack, Text } from "@mantine/core";
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

const COLORS: Record<Change["kind"], string> = { added: "green", changed: "blue", removed: "red" };

function ChangeRow({ change }: { change: Change }) {
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap">
      <Badge
        variant="light"
        color={COLORS[change.kind]}
        radius="sm"
        tt="none"
        w={80}
        style={{ flexShrink: 0 }}
      >
        {change.kind}
      </Badge>
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

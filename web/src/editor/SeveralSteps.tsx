/** The inspector while more than one step is chosen. */
import { Group, Kbd, Stack, Text, Title } from "@mantine/core";
import { StepButtons } from "./StepHeader.tsx";
import type { Steps } from "./useSteps.ts";

export function SeveralSteps({ steps }: { steps: Steps }) {
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>{steps.chosen.length} steps chosen</Title>
        <StepButtons steps={steps} />
      </Group>
      <Text size="sm" c="dimmed">
        Move, duplicate or delete them together, drag them to another place, or copy them with{" "}
        <Kbd size="xs">Ctrl C</Kbd> into any other workflow. Click a step to see its form again.
      </Text>
    </Stack>
  );
}

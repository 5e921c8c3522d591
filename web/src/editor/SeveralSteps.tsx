/** The inspector while more than one step is chosen. */
import { Group, Kbd, Stack, Text, Title } from "@mantine/core";
import { editorText } from "../texts/editor.tsx";
import { StepButtons } from "./StepHeader.tsx";
import type { Steps } from "./useSteps.ts";

export function SeveralSteps({ steps }: { steps: Steps }) {
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>{editorText.steps.chosen(steps.chosen.length)}</Title>
        <StepButtons steps={steps} />
      </Group>
      <Text size="sm" c="dimmed">
        {editorText.steps.chosenAbout((keys) => (
          <Kbd size="xs">{keys}</Kbd>
        ))}
      </Text>
    </Stack>
  );
}

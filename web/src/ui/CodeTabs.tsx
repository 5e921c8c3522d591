import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { uiText } from "../texts/ui.tsx";
import { CodeBlock } from "./CodeBlock.tsx";

/** The same thing in several languages. */
export function CodeTabs({ tabs, title }: { tabs: Record<string, string>; title?: string }) {
  const names = Object.keys(tabs);
  const [chosen, setChosen] = useState(names[0] ?? "");
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <SegmentedControl
          size="xs"
          data={names}
          value={chosen}
          onChange={setChosen}
          aria-label={uiText.codeLanguage}
        />
      </Group>
      <CodeBlock code={tabs[chosen] ?? ""} />
    </Stack>
  );
}

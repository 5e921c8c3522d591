import { Box, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

export function NumberedStep(props: { number: number; title: string; children: ReactNode }) {
  return (
    <Group align="flex-start" wrap="nowrap" gap="md" component="section">
      <Box
        w={28}
        h={28}
        bdrs="xl"
        bg="var(--mantine-primary-color-light)"
        c="var(--mantine-primary-color-light-color)"
        style={{ display: "grid", placeItems: "center", flexShrink: 0 }}
        aria-hidden
      >
        <Text size="sm" fw={600}>
          {props.number}
        </Text>
      </Box>
      <Box style={{ flex: 1, minWidth: 0 }}>
        <Title order={2} mb="xs" lh="28px">
          {props.title}
        </Title>
        {props.children}
      </Box>
    </Group>
  );
}

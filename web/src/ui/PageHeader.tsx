import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useEffect } from "react";
import { commonText } from "../texts/common.ts";

interface PageHeaderProps {
  title: string;
  above?: ReactNode;
  description?: ReactNode;
  beside?: ReactNode;
  children?: ReactNode;
}

/** A page's name, a line on what it is for, and its actions on the right. */
export function PageHeader({ title, above, description, beside, children }: PageHeaderProps) {
  useEffect(() => {
    document.title = commonText.pageTitle(title);
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <Stack gap={6} style={{ minWidth: 0, flex: "1 1 340px" }}>
        {above}
        <Group gap="sm">
          <Title order={1}>{title}</Title>
          {beside}
        </Group>
        {description && (
          <Text c="dimmed" maw={640}>
            {description}
          </Text>
        )}
      </Stack>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  );
}

import { Center, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import icon from "../../icon.svg";
import { commonText } from "../../texts/common.ts";

/** The card that people see before they are in a project. */
export function StartFrame(props: { title: string; text?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = commonText.pageTitle(props.title);
  }, [props.title]);
  return (
    <Center mih="100vh" bg="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))" p="md">
      <Paper withBorder shadow="sm" p={32} w="100%" maw={420} component="main">
        <Stack>
          <Stack gap={6}>
            <img src={icon} alt="" width={36} height={36} />
            <Title order={1} mt="xs">
              {props.title}
            </Title>
            {props.text && <Text c="dimmed">{props.text}</Text>}
          </Stack>
          {props.children}
        </Stack>
      </Paper>
    </Center>
  );
}

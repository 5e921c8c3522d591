import { Group, Kbd, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { appText } from "../texts/app.ts";
import { usePageCommands } from "./commands.ts";

export function Shortcuts() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["shift+?", open]]);
  return (
    <Modal opened={opened} onClose={close} title={appText.shortcuts.title} centered size="lg">
      {opened && <Lists />}
    </Modal>
  );
}

function Lists() {
  const page = usePageCommands();
  const ofPage = page.commands.flatMap(({ keys, label }): [string, string][] =>
    keys ? [[keys, label]] : [],
  );
  return (
    <Stack gap="lg">
      <List title={appText.shortcuts.everywhere} items={appText.shortcuts.items} />
      {ofPage.length > 0 && <List title={page.title} items={ofPage} />}
    </Stack>
  );
}

function List({ title, items }: { title: string; items: [string, string][] }) {
  return (
    <Stack gap={6} component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {items.map(([keys, does]) => (
        <Group key={`${keys} ${does}`} justify="space-between" wrap="nowrap">
          <Text size="sm">{does}</Text>
          <Kbd style={{ whiteSpace: "nowrap" }}>{keys}</Kbd>
        </Group>
      ))}
    </Stack>
  );
}

import { Group, Kbd, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { usePageCommands } from "./commands.ts";

const everywhere: [string, string][] = [
  ["⌘K or Ctrl K", "Go to a page or workflow, do something, copy an id"],
  ["?", "Show these shortcuts"],
  ["Esc", "Close a dialog or menu"],
];

export function Shortcuts() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["shift+?", open]]);
  return (
    <Modal opened={opened} onClose={close} title="Keyboard shortcuts" centered size="lg">
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
      <List title="Everywhere" items={everywhere} />
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

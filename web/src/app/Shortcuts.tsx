import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";

const shortcuts: [string, string][] = [
  ["⌘K or Ctrl K", "Go to a page or workflow, create, copy an id"],
  ["?", "Show these shortcuts"],
  ["Esc", "Close a dialog or menu"],
  ["⌘Z or Ctrl Z", "Undo in the editor"],
  ["⇧⌘Z or Ctrl Y", "Redo in the editor"],
  ["Delete", "Delete the chosen step"],
  ["{{", "Open the variable menu in a field"],
];

export function Shortcuts() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["shift+?", open]]);
  return (
    <Modal opened={opened} onClose={close} title="Keyboard shortcuts" centered>
      <Stack gap="xs">
        {shortcuts.map(([keys, does]) => (
          <Group key={keys} justify="space-between">
            <Text>{does}</Text>
            <Kbd>{keys}</Kbd>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}

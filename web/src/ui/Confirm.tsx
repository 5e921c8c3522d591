import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { commonText } from "../texts/common.ts";
import { uiText } from "../texts/ui.tsx";
import { ErrorNotice } from "./Notice.tsx";

interface ConfirmProps {
  opened: boolean;
  title: string;
  /** What will stop working. */
  children: ReactNode;
  /** A verb: "Delete workflow". */
  action: string;
  /** What must be typed first, where there is no way back. */
  typed?: string;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm(props: ConfirmProps) {
  const [text, setText] = useState("");
  const ready = props.typed === undefined || text.trim() === props.typed;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} centered>
      <Stack>
        <Text component="div">{props.children}</Text>
        {props.typed !== undefined && (
          <TextInput
            label={uiText.confirmTyping(props.typed)}
            data-autofocus
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Enter" && ready && props.onConfirm()}
          />
        )}
        <ErrorNotice error={props.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={props.onClose}>
            {commonText.cancel}
          </Button>
          <Button color="red" loading={props.busy ?? false} disabled={!ready} onClick={props.onConfirm}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

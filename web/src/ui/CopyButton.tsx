import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy } from "lucide-react";
import { commonText } from "../texts/common.ts";

/** Copies a value; says what it copies to those who cannot see it. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip
      label={clipboard.copied ? commonText.copied : label}
      // Also for those who come by keyboard: several of these stand in one row, and look alike.
      events={{ hover: true, focus: true, touch: false }}
    >
      <ActionIcon
        variant="subtle"
        color="gray"
        size="md"
        aria-label={label}
        onClick={() => clipboard.copy(value)}
      >
        {clipboard.copied ? <Check size={16} /> : <Copy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

export function CopyTextButton(props: { value: string; children: string; onCopied?: () => void }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Button
      variant="default"
      leftSection={clipboard.copied ? <Check size={16} /> : <Copy size={16} />}
      onClick={() => {
        clipboard.copy(props.value);
        props.onCopied?.();
      }}
    >
      {clipboard.copied ? commonText.copied : props.children}
    </Button>
  );
}

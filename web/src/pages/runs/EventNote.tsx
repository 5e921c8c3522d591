/** Why an event started fewer runs than one may expect, and what to do about it. */
import { Text } from "@mantine/core";
import { sentence } from "../../api/client.ts";
import { runsText } from "../../texts/runs.tsx";

const notes: Record<string, string> = runsText.eventNotes;

export function EventNote({ note }: { note: string | null | undefined }) {
  return (
    <Text size="sm" c="dimmed">
      {note ? (notes[note] ?? sentence(note)) : ""}
    </Text>
  );
}

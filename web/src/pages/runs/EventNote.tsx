/** Why an event started fewer runs than one may expect, and what to do about it. */
import { Text } from "@mantine/core";
import { sentence } from "../../api/client.ts";

const notes: Record<string, string> = {
  "nobody listens": "No deployed workflow has this event as its trigger.",
  "unknown name": "No App Event has this name: compare the spelling, capital letters too.",
  "user disabled": "The user is disabled.",
  "reconnect needed": "Skipped: the account must be reconnected. Replay it afterwards.",
  "not permitted": "The permissions of the workflows that listen leave this user out.",
  "no account": "The user has not connected an account.",
  "workflow off": "The user has not turned the workflow on.",
  "not wanted": "Every workflow that listens leaves this one out by its inputs.",
};

export function EventNote({ note }: { note: string | null | undefined }) {
  return (
    <Text size="sm" c="dimmed">
      {note ? (notes[note] ?? sentence(note)) : ""}
    </Text>
  );
}

/** What a release adds, changes and removes. */
import { Stack, Text } from "@mantine/core";
import type { ReleaseChange } from "../../../api/releases.ts";

const VERBS: Record<ReleaseChange["action"], string> = { add: "Adds", change: "Changes", remove: "Removes" };

export function ChangesList({ changes }: { changes: ReleaseChange[] }) {
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {changes.map((change) => (
        <Text key={`${change.what} ${change.name}`} component="li" size="sm">
          {VERBS[change.action]} the {change.what} <b>{change.name}</b>
          {change.fields.length > 0 && ` (${change.fields.join(", ")})`}
          {change.users > 0 &&
            ` · ${change.users === 1 ? "1 user has it on" : `${change.users} users have it on`}`}
        </Text>
      ))}
    </Stack>
  );
}

/** What a release adds, changes and removes. */
import { Stack, Text } from "@mantine/core";
import type { ReleaseChange } from "../../../api/releases.ts";
import { settingsReleasesText } from "../../../texts/settingsReleases.tsx";

export function ChangesList({ changes }: { changes: ReleaseChange[] }) {
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {changes.map((change) => (
        <Text key={`${change.what} ${change.name}`} component="li" size="sm">
          {settingsReleasesText.change(change, <b>{change.name}</b>)}
        </Text>
      ))}
    </Stack>
  );
}

/** Versions of a workflow: what was deployed or saved, and going back to one of them. */
import { Badge, Button, Drawer, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { History, Save } from "lucide-react";
import { useState } from "react";
import { call } from "../api/client.ts";
import { useChange } from "../api/mutations.ts";
import { at, versionsQuery } from "../api/queries.ts";
import type { Version, Workflow } from "../api/types.ts";
import { ErrorNotice } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { ListSkeleton } from "../ui/Skeletons.tsx";
import type { Draft } from "./draft.ts";

interface VersionsSheetProps {
  projectId: string;
  workflow: Workflow;
  draft: Draft;
  opened: boolean;
  onClose: () => void;
}

const WORDS: Record<Version["kind"], string> = {
  deployed: "Deployed",
  saved: "Saved",
  restored: "Restored",
};

export function VersionsSheet({ projectId, workflow, draft, opened, onClose }: VersionsSheetProps) {
  const [note, setNote] = useState("");
  const path = `${at(projectId)}/workflows/${workflow.id}/versions`;
  const versions = useQuery({ ...versionsQuery(projectId, workflow.id), enabled: opened });

  async function flushed() {
    if (!(await draft.flush())) throw new Error("The newest edits could not be saved, so nothing was done.");
  }

  const save = useChange(
    projectId,
    async () => {
      await flushed();
      return call<Version>("POST", path, note.trim() === "" ? {} : { note: note.trim() });
    },
    () => setNote(""),
  );
  const restore = useChange(
    projectId,
    async (version: Version) => {
      await flushed();
      return call<Workflow>("POST", `${path}/${version.number}/restore`, {});
    },
    (_, version) => {
      onClose();
      notifications.show({
        color: "green",
        title: `Version ${version.number} is the draft again`,
        message: "Users get it when you deploy. The draft that was here is kept as a version.",
      });
    },
  );

  return (
    <Drawer
      opened={opened}
      onClose={() => {
        save.reset();
        restore.reset();
        onClose();
      }}
      position="right"
      size={440}
      title={`Versions of ${workflow.name}`}
    >
      <Stack gap="lg">
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            label="Save the draft as a version"
            placeholder="Optional: what it is"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            style={{ flex: 1 }}
          />
          <Button
            variant="default"
            leftSection={<Save size={16} />}
            loading={save.isPending}
            onClick={() => save.mutate(undefined)}
          >
            Save
          </Button>
        </Group>
        <ErrorNotice error={save.error ?? restore.error ?? versions.error} />
        {versions.isPending && <ListSkeleton />}
        {versions.data?.length === 0 && (
          <Text size="sm" c="dimmed">
            None yet. Each deploy is a version, and so is what you save here.
          </Text>
        )}
        <Stack gap="md" component="ul" aria-label="Versions" m={0} p={0} style={{ listStyle: "none" }}>
          {versions.data?.map((version) => (
            <Group
              key={version.id}
              component="li"
              justify="space-between"
              align="flex-start"
              wrap="nowrap"
              gap="sm"
            >
              <Stack gap={0} style={{ minWidth: 0 }}>
                <Group gap="xs">
                  <Text size="sm" fw={500}>
                    Version {version.number}
                  </Text>
                  {version.current && (
                    <Badge variant="light" color="green" radius="sm" tt="none">
                      runs now
                    </Badge>
                  )}
                </Group>
                <Text size="xs" c="dimmed">
                  {WORDS[version.kind]} <RelativeTime at={version.createdAt} />
                  {version.createdBy && ` by ${version.createdBy}`}
                </Text>
                {version.note && (
                  <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                    {version.note}
                  </Text>
                )}
              </Stack>
              <Button
                size="xs"
                variant="default"
                leftSection={<History size={14} />}
                aria-label={`Restore version ${version.number}`}
                loading={restore.isPending && restore.variables?.id === version.id}
                disabled={restore.isPending}
                onClick={() => restore.mutate(version)}
                style={{ flexShrink: 0 }}
              >
                Restore
              </Button>
            </Group>
          ))}
        </Stack>
      </Stack>
    </Drawer>
  );
}

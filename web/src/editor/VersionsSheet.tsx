/** Versions of a workflow: what was deployed or saved, and going back to one of them. */
import { Button, Card, Drawer, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { Diff, History, Save, Undo2 } from "lucide-react";
import { memo, useState } from "react";
import { call } from "../api/client.ts";
import { useChange } from "../api/mutations.ts";
import { at, versionQuery, versionsQuery } from "../api/queries.ts";
import type { Version, Workflow } from "../api/workflows.ts";
import { Allowed } from "../app/Allowed.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { ListSkeleton } from "../ui/Skeletons.tsx";
import { StateBadge } from "../ui/StateBadge.tsx";
import { whileClosed } from "../ui/whileClosed.ts";
import { ChangeList } from "./ChangeList.tsx";
import type { Draft } from "./draft.ts";
import { deployChanges } from "./model/diff.ts";
import type { ActionTitles } from "./model/names.ts";

interface VersionsSheetProps {
  projectId: string;
  workflow: Workflow;
  draft: Draft;
  titles: ActionTitles;
  opened: boolean;
  onClose: () => void;
}

const WORDS: Record<Version["kind"], string> = {
  deployed: "Deployed",
  saved: "Saved",
  restored: "Restored",
};

export const VersionsSheet = memo(function VersionsSheet(props: VersionsSheetProps) {
  const { projectId, workflow, draft, titles, opened, onClose } = props;
  const [note, setNote] = useState("");
  const [compared, setCompared] = useState<number | null>(null);
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
    async ({ version, deploy }: { version: Version; deploy: boolean }) => {
      await flushed();
      const restored = await call<Workflow>("POST", `${path}/${version.number}/restore`, {});
      if (!deploy) return restored;
      return call<Workflow>("POST", `${at(projectId)}/workflows/${workflow.id}/deploy`, {
        note: `Back to version ${version.number}`,
      });
    },
    (_, { version, deploy }) => {
      onClose();
      notifications.show({
        color: "green",
        title: deploy
          ? `Rolled back to version ${version.number}`
          : `Version ${version.number} is the draft again`,
        message: deploy
          ? "New runs are made on it. Runs that began earlier end on the version they began with."
          : "Users get it when you deploy. The draft that was here is kept as a version.",
      });
    },
  );

  const isBusyWith = (version: Version, deploy: boolean) =>
    restore.isPending && restore.variables?.version.id === version.id && restore.variables.deploy === deploy;

  return (
    <Drawer
      opened={opened}
      onClose={() => {
        save.reset();
        restore.reset();
        onClose();
      }}
      position="right"
      size={480}
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
          <Allowed to="design">
            <Button
              variant="default"
              leftSection={<Save size={16} />}
              loading={save.isPending}
              onClick={() => save.mutate(undefined)}
            >
              Save
            </Button>
          </Allowed>
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
            <Stack key={version.id} component="li" gap="xs">
              <Stack gap={6}>
                <Stack gap={0} style={{ minWidth: 0 }}>
                  <Group gap="xs">
                    <Text size="sm" fw={500}>
                      Version {version.number}
                    </Text>
                    {version.rolledOut && <StateBadge state="rolling_out" />}
                    {version.current && <StateBadge state="current" />}
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
                <Group gap={6} wrap="nowrap">
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<Diff size={14} />}
                    aria-expanded={compared === version.number}
                    aria-label={`Compare version ${version.number} with the draft`}
                    onClick={() => setCompared(compared === version.number ? null : version.number)}
                  >
                    Compare
                  </Button>
                  <Allowed to="design">
                    <Button
                      size="xs"
                      variant="default"
                      leftSection={<History size={14} />}
                      aria-label={`Restore version ${version.number}`}
                      loading={isBusyWith(version, false)}
                      disabled={restore.isPending}
                      onClick={() => restore.mutate({ version, deploy: false })}
                    >
                      Restore
                    </Button>
                  </Allowed>
                  {version.kind === "deployed" && !version.current && (
                    <Allowed to="design">
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<Undo2 size={14} />}
                        aria-label={`Roll back to version ${version.number}`}
                        loading={isBusyWith(version, true)}
                        disabled={restore.isPending}
                        onClick={() => restore.mutate({ version, deploy: true })}
                      >
                        Roll back
                      </Button>
                    </Allowed>
                  )}
                </Group>
              </Stack>
              {compared === version.number && (
                <Comparison
                  projectId={projectId}
                  workflow={workflow}
                  version={version}
                  draft={draft}
                  titles={titles}
                />
              )}
            </Stack>
          ))}
        </Stack>
      </Stack>
    </Drawer>
  );
}, whileClosed);

/** What the draft has that a version had not, and the other way round. */
function Comparison(
  props: Pick<VersionsSheetProps, "projectId" | "workflow" | "draft" | "titles"> & { version: Version },
) {
  const { projectId, workflow, version, draft, titles } = props;
  const found = useQuery(versionQuery(projectId, workflow.id, version.number));
  return (
    <Card withBorder padding="sm" role="group" aria-label={`From version ${version.number} to the draft`}>
      <Stack gap="xs">
        <ErrorNotice error={found.error} />
        {found.isPending && <ListSkeleton rows={1} />}
        {found.data && (
          <ChangeList
            changes={deployChanges(found.data.definition, draft.definition, titles)}
            none="The draft is the same."
          />
        )}
      </Stack>
    </Card>
  );
}

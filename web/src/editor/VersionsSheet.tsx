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
import { commonText } from "../texts/common.ts";
import { deployText } from "../texts/deploy.tsx";
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

const texts = deployText.versions;

export const VersionsSheet = memo(function VersionsSheet(props: VersionsSheetProps) {
  const { projectId, workflow, draft, titles, opened, onClose } = props;
  const [note, setNote] = useState("");
  const [compared, setCompared] = useState<number | null>(null);
  const path = `${at(projectId)}/workflows/${workflow.id}/versions`;
  const versions = useQuery({ ...versionsQuery(projectId, workflow.id), enabled: opened });

  async function flushed() {
    if (!(await draft.flush())) throw new Error(texts.notSaved);
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
        note: texts.rollBackNote(version.number),
      });
    },
    (_, { version, deploy }) => {
      onClose();
      notifications.show({
        color: "green",
        title: deploy ? texts.rolledBack(version.number) : texts.restored(version.number),
        message: deploy ? commonText.runsGoOn : texts.restoredAbout,
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
      title={texts.title(workflow.name)}
    >
      <Stack gap="lg">
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            label={texts.save}
            placeholder={texts.saveHint}
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
              {commonText.save}
            </Button>
          </Allowed>
        </Group>
        <ErrorNotice error={save.error ?? restore.error ?? versions.error} />
        {versions.isPending && <ListSkeleton />}
        {versions.data?.length === 0 && (
          <Text size="sm" c="dimmed">
            {texts.none}
          </Text>
        )}
        <Stack gap="md" component="ul" aria-label={texts.list} m={0} p={0} style={{ listStyle: "none" }}>
          {versions.data?.map((version) => (
            <Stack key={version.id} component="li" gap="xs">
              <Stack gap={6}>
                <Stack gap={0} style={{ minWidth: 0 }}>
                  <Group gap="xs">
                    <Text size="sm" fw={500}>
                      {texts.version(version.number)}
                    </Text>
                    {version.rolledOut && <StateBadge state="rolling_out" />}
                    {version.current && <StateBadge state="current" />}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {texts.made(
                      texts.kinds[version.kind],
                      <RelativeTime at={version.createdAt} />,
                      version.createdBy,
                    )}
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
                    aria-label={texts.compareOne(version.number)}
                    onClick={() => setCompared(compared === version.number ? null : version.number)}
                  >
                    {texts.compare}
                  </Button>
                  <Allowed to="design">
                    <Button
                      size="xs"
                      variant="default"
                      leftSection={<History size={14} />}
                      aria-label={texts.restoreOne(version.number)}
                      loading={isBusyWith(version, false)}
                      disabled={restore.isPending}
                      onClick={() => restore.mutate({ version, deploy: false })}
                    >
                      {texts.restore}
                    </Button>
                  </Allowed>
                  {version.kind === "deployed" && !version.current && (
                    <Allowed to="design">
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<Undo2 size={14} />}
                        aria-label={texts.rollBackOne(version.number)}
                        loading={isBusyWith(version, true)}
                        disabled={restore.isPending}
                        onClick={() => restore.mutate({ version, deploy: true })}
                      >
                        {commonText.rollBack}
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
    <Card withBorder padding="sm" role="group" aria-label={texts.comparison(version.number)}>
      <Stack gap="xs">
        <ErrorNotice error={found.error} />
        {found.isPending && <ListSkeleton rows={1} />}
        {found.data && (
          <ChangeList
            changes={deployChanges(found.data.definition, draft.definition, titles)}
            none={texts.same}
          />
        )}
      </Stack>
    </Card>
  );
}

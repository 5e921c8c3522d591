/** Releases into this project: what came when, from where, and going back to one of them. */
import { Button, Group, Stack, Switch, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { GitPullRequestArrow, PackageCheck } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/client.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import {
  type Release,
  type ReleaseSettings,
  releaseSettingsQuery,
  releasesQuery,
} from "../../../api/releases.ts";
import { useMay } from "../../../app/rights.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsText } from "../../../texts/settings.tsx";
import { settingsReleasesText } from "../../../texts/settingsReleases.tsx";
import { ActionsHeader } from "../../../ui/ActionsHeader.tsx";
import { Confirm } from "../../../ui/Confirm.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { RelativeTime } from "../../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../../ui/Skeletons.tsx";
import { StateBadge } from "../../../ui/StateBadge.tsx";
import { Pager } from "../../runs/Pager.tsx";
import { ChangesList } from "./ChangesList.tsx";
import { ReleaseDialog } from "./ReleaseDialog.tsx";

const { list: text, back: rollBack } = settingsReleasesText;

export function ReleasesTab({ projectId }: { projectId: string }) {
  const may = useMay("build").ok;
  const { cursor } = useSearch({ from: "/p/$projectId/settings/$tab" });
  const releases = useQuery(releasesQuery(projectId, cursor));
  const [releasing, setReleasing] = useState(false);
  const list = releases.data?.items ?? [];
  const start = may ? (
    <Button leftSection={<GitPullRequestArrow size={16} />} onClick={() => setReleasing(true)}>
      {text.start}
    </Button>
  ) : (
    <Text size="sm" c="dimmed">
      {text.onlyMembers}
    </Text>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={600}>
          {text.about}
        </Text>
        {list.length > 0 && start}
      </Group>
      <ReadOnly projectId={projectId} />
      <ErrorNotice error={releases.error} />
      {releases.isPending && <ListSkeleton rows={3} />}
      {releases.data && list.length === 0 && (
        <EmptyState icon={<PackageCheck size={22} />} title={text.empty} action={start}>
          {text.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && <Releases projectId={projectId} releases={list} may={may} />}
      <Pager isOlder={cursor !== undefined} nextCursor={releases.data?.nextCursor} />
      {releasing && <ReleaseDialog projectId={projectId} onClose={() => setReleasing(false)} />}
    </Stack>
  );
}

function ReadOnly({ projectId }: { projectId: string }) {
  const may = useMay("administer").ok;
  const settings = useQuery(releaseSettingsQuery(projectId));
  const save = useChange(projectId, (readOnly: boolean) =>
    call<ReleaseSettings>("PUT", `${at(projectId)}/release-settings`, { readOnly }),
  );
  return (
    <Stack gap={4}>
      <Switch
        label={settingsReleasesText.readOnly.label}
        description={may ? settingsReleasesText.readOnly.about : settingsReleasesText.readOnly.onlyAdmins}
        checked={settings.data?.readOnly ?? false}
        disabled={!may || settings.isPending}
        onChange={(event) => save.mutate(event.currentTarget.checked)}
      />
      <ErrorNotice error={settings.error ?? save.error} />
    </Stack>
  );
}

function Releases({ projectId, releases, may }: { projectId: string; releases: Release[]; may: boolean }) {
  const [going, setGoing] = useState<Release | null>(null);
  const back = useChange(
    projectId,
    (release: Release) => call<Release>("POST", `${at(projectId)}/releases/${release.id}/roll-back`, {}),
    (made) => {
      setGoing(null);
      notifications.show({
        color: "green",
        title: rollBack.done(made),
        message: rollBack.doneText(made),
      });
    },
  );
  const newest = releases[0]?.number;
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" aria-label={settingsText.tabs.releases}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.columns.release}</Table.Th>
              <Table.Th>{text.columns.changes}</Table.Th>
              <Table.Th>{text.columns.by}</Table.Th>
              <Table.Th>{commonText.when}</Table.Th>
              <ActionsHeader width={120} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {releases.map((release) => (
              <Table.Tr key={release.id} style={{ verticalAlign: "top" }}>
                <Table.Td maw={280}>
                  <Group gap="xs">
                    <Text size="sm" fw={500}>
                      {release.number === 0 ? text.before : text.release(release.number)}
                    </Text>
                    {release.number === newest && <StateBadge state="live" />}
                  </Group>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {release.message}
                  </Text>
                  {release.number > 0 && (
                    <Text size="xs" c="dimmed">
                      {text.from(release.sourceProjectName)}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {release.number === 0 ? (
                    <Text size="sm" c="dimmed">
                      {text.beforeText}
                    </Text>
                  ) : (
                    <ChangesList changes={release.changes} />
                  )}
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{release.releasedBy}</Text>
                </Table.Td>
                <Table.Td>
                  <RelativeTime at={release.releasedAt} />
                </Table.Td>
                <Table.Td>
                  {may && release.number !== newest && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={rollBack.label(release.number)}
                      onClick={() => {
                        back.reset();
                        setGoing(release);
                      }}
                    >
                      {commonText.rollBack}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {going && (
        <Confirm
          opened
          title={rollBack.title(going.number)}
          action={commonText.rollBack}
          busy={back.isPending}
          error={back.error}
          onConfirm={() => back.mutate(going)}
          onClose={() => setGoing(null)}
        >
          {rollBack.text}
        </Confirm>
      )}
    </>
  );
}

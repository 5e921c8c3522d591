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

export function ReleasesTab({ projectId }: { projectId: string }) {
  const may = useMay("build").ok;
  const { cursor } = useSearch({ from: "/p/$projectId/settings/$tab" });
  const releases = useQuery(releasesQuery(projectId, cursor));
  const [releasing, setReleasing] = useState(false);
  const list = releases.data?.items ?? [];
  const start = may ? (
    <Button leftSection={<GitPullRequestArrow size={16} />} onClick={() => setReleasing(true)}>
      Release into this project
    </Button>
  ) : (
    <Text size="sm" c="dimmed">
      A member can release.
    </Text>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={600}>
          A release brings the deployed workflows, the integrations and the App Events of another project
          here, from staging to production say. Secrets, keys, app credentials and connected users stay what
          they are.
        </Text>
        {list.length > 0 && start}
      </Group>
      <ReadOnly projectId={projectId} />
      <ErrorNotice error={releases.error} />
      {releases.isPending && <ListSkeleton rows={3} />}
      {releases.data && list.length === 0 && (
        <EmptyState icon={<PackageCheck size={22} />} title="Nothing was released yet" action={start}>
          Build and try workflows in one project, then release them into this one, with a difference to look
          at first.
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
        label="Only releases change this project"
        description={
          may
            ? "Workflows, portal and settings of integrations, and App Events are then refused every other change."
            : "An admin can change this."
        }
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
        title: `This project is as it was after release ${made.backTo}`,
        message: `That is release ${made.number} now. Runs that began earlier end on the version they began with.`,
      });
    },
  );
  const newest = releases[0]?.number;
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" aria-label="Releases">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Release</Table.Th>
              <Table.Th>What changed</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>When</Table.Th>
              <ActionsHeader width={120} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {releases.map((release) => (
              <Table.Tr key={release.id} style={{ verticalAlign: "top" }}>
                <Table.Td maw={280}>
                  <Group gap="xs">
                    <Text size="sm" fw={500}>
                      {release.number === 0 ? "Before" : `Release ${release.number}`}
                    </Text>
                    {release.number === newest && <StateBadge state="live" />}
                  </Group>
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {release.message}
                  </Text>
                  {release.number > 0 && (
                    <Text size="xs" c="dimmed">
                      from {release.sourceProjectName}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {release.number === 0 ? (
                    <Text size="sm" c="dimmed">
                      What this project was before its first release
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
                      aria-label={
                        release.number === 0
                          ? "Roll back to before the first release"
                          : `Roll back to release ${release.number}`
                      }
                      onClick={() => {
                        back.reset();
                        setGoing(release);
                      }}
                    >
                      Roll back
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
          title={
            going.number === 0
              ? "Roll back to before the first release?"
              : `Roll back to release ${going.number}?`
          }
          action="Roll back"
          busy={back.isPending}
          error={back.error}
          onConfirm={() => back.mutate(going)}
          onClose={() => setGoing(null)}
        >
          Workflows, integrations and App Events become what they were then. A workflow that came later is
          removed, also for the users who have it on. It is a release of its own, so you can go forward again.
        </Confirm>
      )}
    </>
  );
}

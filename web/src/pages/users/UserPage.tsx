import {
  ActionIcon,
  Anchor,
  Badge,
  Breadcrumbs,
  Button,
  Card,
  Group,
  Menu,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Ellipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, runsQuery, userQuery } from "../../api/queries.ts";
import type { RemovedUser, UserDetail } from "../../api/users.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { usersText } from "../../texts/users.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { RunsTable } from "../runs/RunsTable.tsx";
import { Accounts } from "./Accounts.tsx";
import { ActAsUser } from "./ActAsUser.tsx";
import { DeletedUser, DeleteUser } from "./DeleteUser.tsx";
import { WhyNothing } from "./WhyNothing.tsx";

export function UserPage() {
  const { projectId, userId } = useParams({ from: "/p/$projectId/users/$userId" });
  const [removed, setRemoved] = useState<RemovedUser | null>(null);
  const [deleting, ask] = useDisclosure(false);
  const user = useQuery({ ...userQuery(projectId, userId), enabled: removed === null });
  const found = user.data;
  if (removed) {
    return (
      <Page>
        <PageHeader title={usersText.user.deleted(found?.name ?? removed.userId)} />
        <DeletedUser projectId={projectId} removed={removed} />
      </Page>
    );
  }
  return (
    <Page>
      <PageHeader
        title={found ? (found.name ?? found.userId) : commonText.user}
        above={
          <Breadcrumbs fz="sm">
            <TextLink to="/p/$projectId/users" params={{ projectId }} size="sm">
              {commonText.users}
            </TextLink>
            <Anchor component="span" size="sm" c="dimmed" underline="never">
              {found?.userId ?? "…"}
            </Anchor>
          </Breadcrumbs>
        }
        beside={
          found?.disabled && (
            <Badge color="red" variant="light" radius="sm" tt="none">
              {usersText.disabled}
            </Badge>
          )
        }
        description={found && usersText.user.about(found.email, <RelativeTime at={found.lastSeenAt} />)}
      >
        {found && (
          <>
            <ButtonLink
              variant="default"
              to="/p/$projectId/task-history"
              params={{ projectId }}
              search={{ userId: found.id }}
            >
              {usersText.user.showRuns}
            </ButtonLink>
            <ActAsUser projectId={projectId} user={found} />
            <DisableButton projectId={projectId} user={found} />
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size="lg" aria-label={usersText.user.more}>
                  <Ellipsis size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item color="red" leftSection={<Trash2 size={14} />} onClick={ask.open}>
                  {usersText.user.delete}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )}
      </PageHeader>
      <ErrorNotice error={user.error} />
      {user.isPending && <ListSkeleton />}
      {found && (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: "start" }}>
          <Card withBorder padding="lg">
            <WhyNothing projectId={projectId} user={found} />
          </Card>
          <Stack>
            <Accounts user={found} projectId={projectId} />
            <Card withBorder padding="lg">
              <Stack gap="sm">
                <Group gap={4}>
                  <Title order={2}>{usersText.user.details}</Title>
                </Group>
                <Group gap={4}>
                  <Text size="sm" c="dimmed">
                    {commonText.userId}
                  </Text>
                  <Text className="mono">{found.userId}</Text>
                  <CopyButton value={found.userId} label={usersText.user.copyId} />
                </Group>
                <JsonBlock
                  title={usersText.user.metadata}
                  value={found.metadata}
                  label={usersText.user.copyMetadata}
                />
              </Stack>
            </Card>
          </Stack>
        </SimpleGrid>
      )}
      {found && deleting && (
        <DeleteUser projectId={projectId} user={found} onDeleted={setRemoved} onClose={ask.close} />
      )}
      {found && <LatestRuns projectId={projectId} userId={found.id} />}
    </Page>
  );
}

/** What happened for this user last, with the reasons. */
function LatestRuns({ projectId, userId }: { projectId: string; userId: string }) {
  const runs = useQuery(runsQuery(projectId, { userId })).data?.items ?? [];
  if (runs.length === 0) return null;
  return (
    <Stack gap="xs" mt="xl">
      <Title order={2}>{commonText.latestRuns}</Title>
      <RunsTable projectId={projectId} runs={runs.slice(0, 8)} />
    </Stack>
  );
}

function DisableButton({ projectId, user }: { projectId: string; user: UserDetail }) {
  const [asking, ask] = useDisclosure(false);
  const change = useChange(
    projectId,
    (disabled: boolean) => call("PATCH", `${at(projectId)}/users/${user.id}`, { disabled }),
    ask.close,
  );
  if (user.disabled) {
    return (
      <Button loading={change.isPending} onClick={() => change.mutate(false)}>
        {usersText.user.enable}
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" onClick={ask.open}>
        {usersText.user.disable}
      </Button>
      <Confirm
        opened={asking}
        title={usersText.user.disableName(user.name ?? user.userId)}
        action={usersText.user.disable}
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate(true)}
        onClose={ask.close}
      >
        {usersText.user.disabling}
      </Confirm>
    </>
  );
}

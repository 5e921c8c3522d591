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
        <PageHeader title={`${found?.name ?? removed.userId} was deleted`} />
        <DeletedUser projectId={projectId} removed={removed} />
      </Page>
    );
  }
  return (
    <Page>
      <PageHeader
        title={found ? (found.name ?? found.userId) : "User"}
        above={
          <Breadcrumbs fz="sm">
            <TextLink to="/p/$projectId/users" params={{ projectId }} size="sm">
              Users
            </TextLink>
            <Anchor component="span" size="sm" c="dimmed" underline="never">
              {found?.userId ?? "…"}
            </Anchor>
          </Breadcrumbs>
        }
        beside={
          found?.disabled && (
            <Badge color="red" variant="light" radius="sm" tt="none">
              Disabled
            </Badge>
          )
        }
        description={
          found && (
            <>
              {found.email ? `${found.email} · ` : ""}last seen <RelativeTime at={found.lastSeenAt} />
            </>
          )
        }
      >
        {found && (
          <>
            <ButtonLink
              variant="default"
              to="/p/$projectId/task-history"
              params={{ projectId }}
              search={{ userId: found.id }}
            >
              Show runs
            </ButtonLink>
            <ActAsUser projectId={projectId} user={found} />
            <DisableButton projectId={projectId} user={found} />
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size="lg" aria-label="More actions for this user">
                  <Ellipsis size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item color="red" leftSection={<Trash2 size={14} />} onClick={ask.open}>
                  Delete user…
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
                  <Title order={2}>Details</Title>
                </Group>
                <Group gap={4}>
                  <Text size="sm" c="dimmed">
                    User id
                  </Text>
                  <Text className="mono">{found.userId}</Text>
                  <CopyButton value={found.userId} label="Copy user id" />
                </Group>
                <JsonBlock title="Metadata" value={found.metadata} label="Copy metadata" />
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
      <Title order={2}>Latest runs</Title>
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
        Enable user
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" onClick={ask.open}>
        Disable user
      </Button>
      <Confirm
        opened={asking}
        title={`Disable ${user.name ?? user.userId}?`}
        action="Disable user"
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate(true)}
        onClose={ask.close}
      >
        Their tokens are refused and their unfinished runs are cancelled. Accounts and settings stay.
      </Confirm>
    </>
  );
}

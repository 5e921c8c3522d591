import {
  Anchor,
  Badge,
  Breadcrumbs,
  Button,
  Card,
  Group,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { call, sentence } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, runsQuery, userQuery } from "../../api/queries.ts";
import type { UserDetail } from "../../api/users.ts";
import { Page } from "../../app/Shell.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";
import { RunsTable } from "../runs/RunsTable.tsx";
import { WhyNothing } from "./WhyNothing.tsx";

export function UserPage() {
  const { projectId, userId } = useParams({ from: "/p/$projectId/users/$userId" });
  const user = useQuery(userQuery(projectId, userId));
  const found = user.data;
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
            <DisableButton projectId={projectId} user={found} />
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

function Accounts({ user, projectId }: { user: UserDetail; projectId: string }) {
  return (
    <Card withBorder padding="lg">
      <Title order={2} mb="sm">
        Accounts
      </Title>
      {user.accounts.length === 0 && (
        <Text c="dimmed">
          This user has not connected an account yet. Call connect("hubspot") in your app.
        </Text>
      )}
      <Stack>
        {user.accounts.map((account) => (
          <Stack key={account.credentialId} gap="xs">
            <Group justify="space-between">
              <Group gap="xs">
                <ConnectorIcon url={iconOf(account.integrationType)} />
                <Text fw={500}>{account.label ?? account.integrationType}</Text>
              </Group>
              <StateBadge state={account.status} />
            </Group>
            <Text size="sm" c="dimmed">
              Connected <RelativeTime at={account.connectedAt} none="at an unknown time" />
              {account.providerId ? ` · account ${account.providerId}` : ""}
            </Text>
            {account.statusReason && (
              <Text size="sm" c="var(--mantine-color-error)">
                {sentence(account.statusReason)}
              </Text>
            )}
            {account.configurations.flatMap((configuration) =>
              configuration.workflows.map((workflow) => (
                <Group key={`${configuration.id} ${workflow.workflowId}`} justify="space-between">
                  <TextLink
                    size="sm"
                    to="/p/$projectId/workflows/$workflowId"
                    params={{ projectId, workflowId: workflow.workflowId }}
                  >
                    {workflow.name}
                  </TextLink>
                  <StateBadge state={workflow.enabled ? "on" : "off"} />
                </Group>
              )),
            )}
          </Stack>
        ))}
      </Stack>
    </Card>
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

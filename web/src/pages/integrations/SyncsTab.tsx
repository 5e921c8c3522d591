/** The syncs of an integration, and how far each account is. */
import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { call, sentence } from "../../api/client.ts";
import type { Integration } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at, connectorQuery } from "../../api/queries.ts";
import {
  type Sync,
  type SyncCheck,
  type SyncStatus,
  syncAccountsQuery,
  syncsQuery,
} from "../../api/syncs.ts";
import { useMay } from "../../app/rights.ts";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";

export function SyncsTab({ projectId, integration }: { projectId: string; integration: Integration }) {
  const syncs = useQuery(syncsQuery(projectId));
  const objects = useQuery(connectorQuery(projectId, integration.type)).data?.syncs;
  const own = syncs.data?.filter((sync) => sync.integrationId === integration.id);
  const [object] = objects ?? [];
  return (
    <>
      <ErrorNotice error={syncs.error} />
      {syncs.isPending && <ListSkeleton />}
      {own?.length === 0 && objects && !object && (
        <EmptyState icon={<RefreshCw size={22} />} title="Nothing to sync">
          The connector of {integration.name} names no records that can be kept the same here. Workflows and
          requests of your backend reach them.
        </EmptyState>
      )}
      {own?.length === 0 && object && (
        <EmptyState
          icon={<RefreshCw size={22} />}
          title="No syncs yet"
          action={
            <Stack gap="md" align="center">
              <CodeBlock
                title="In the project file"
                code={example(integration.type, object)}
                label="Copy example"
              />
              <ButtonLink
                to="/p/$projectId/settings/$tab"
                params={{ projectId, tab: "project-file" }}
                variant="default"
              >
                Open the project file
              </ButtonLink>
            </Stack>
          }
        >
          A sync keeps records of your customers' {integration.name} the same here, for your backend to read
          and to write. Declare one below the integration.
        </EmptyState>
      )}
      <Stack gap="xl">
        {own?.map((sync) => (
          <OneSync key={sync.id} projectId={projectId} sync={sync} />
        ))}
      </Stack>
    </>
  );
}

function example(type: string, { name, title }: { name: string; title: string }): string {
  return [
    "integrations:",
    `  ${type}:`,
    "    syncs:",
    `      ${title}:`,
    `        object: ${name}`,
    "        everyMinutes: 5",
  ].join("\n");
}

const RULES = { newest: "the newest change", provider: "the provider", app: "your app" };

function OneSync({ projectId, sync }: { projectId: string; sync: Sync }) {
  const accounts = useQuery(syncAccountsQuery(projectId, sync.id));
  const items = accounts.data?.items;
  const both = sync.direction === "both";
  return (
    <Stack gap="xs" component="section" aria-label={sync.name}>
      <Title order={2}>{sync.name}</Title>
      <Text size="sm" c="dimmed">
        {both ? "Reads and writes" : "Reads"} <span className="mono">{sync.object}</span> every{" "}
        {sync.everyMinutes} min
        {both && ` · in a conflict ${RULES[sync.conflict]} wins`}
        {sync.checkHours > 0 && ` · compared every ${sync.checkHours} h`}
      </Text>
      <ErrorNotice error={accounts.error} />
      {items?.length === 0 && <Text c="dimmed">No account is connected yet.</Text>}
      {items && items.length > 0 && (
        <Table.ScrollContainer minWidth={720}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>User</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Records</Table.Th>
                <Table.Th>Last pass</Table.Th>
                <Table.Th>Last comparison</Table.Th>
                <ActionsHeader width={280} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((account) => (
                <Account key={account.credentialId} projectId={projectId} sync={sync} account={account} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

function Account(props: { projectId: string; sync: Sync; account: SyncStatus }) {
  const { projectId, sync, account } = props;
  const may = useMay("build");
  const set = useChange(projectId, (body: { run?: "changes" | "check"; paused?: boolean }) =>
    call("PATCH", `${at(projectId)}/syncs/${sync.id}/accounts/${account.credentialId}`, body),
  );
  const button = {
    size: "compact-sm",
    variant: "default",
    disabled: !may.ok || set.isPending,
    title: may.reason,
  };
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/p/$projectId/users/$userId" params={{ projectId, userId: account.connectedUserId }}>
          {account.userId ?? account.connectedUserId}
        </TextLink>
      </Table.Td>
      <Table.Td>
        <StateBadge state={account.state} />
        {account.error && (
          <Text size="xs" c="var(--mantine-color-error)" maw={260}>
            {sentence(account.error.message)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {account.records.toLocaleString("en")}
        <Text size="xs" c="dimmed">
          {details(account)}
        </Text>
      </Table.Td>
      <Table.Td>
        <RelativeTime at={account.lastPassAt} none="not yet" />
      </Table.Td>
      <Table.Td>
        <RelativeTime at={account.check?.at} none="not yet" />
        {account.check && (
          <Text size="xs" c="dimmed">
            {drift(account.check)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button {...button} onClick={() => set.mutate({ run: "changes" })}>
            Sync now
          </Button>
          <Button {...button} onClick={() => set.mutate({ run: "check" })}>
            Compare
          </Button>
          <Button {...button} onClick={() => set.mutate({ paused: !account.paused })}>
            {account.paused ? "Resume" : "Pause"}
          </Button>
        </Group>
        <ErrorNotice error={set.error} />
      </Table.Td>
    </Table.Tr>
  );
}

/** What of an account's records is not simply there. */
export function details(account: SyncStatus): string {
  const parts = [];
  if (account.state === "loading") parts.push(`${account.read.toLocaleString("en")} read so far`);
  if (account.pending > 0) parts.push(`${account.pending} to send`);
  if (account.refused > 0) parts.push(`${account.refused} refused`);
  if (account.conflicts > 0) parts.push(`${account.conflicts} conflicts so far`);
  return parts.join(", ");
}

/** What a comparison found and mended. */
export function drift({ missing, differing, surplus }: SyncCheck): string {
  const parts = [];
  if (missing > 0) parts.push(`${missing} missing`);
  if (differing > 0) parts.push(`${differing} different`);
  if (surplus > 0) parts.push(`${surplus} gone`);
  return parts.length === 0 ? "All the same" : `${parts.join(", ")}; mended`;
}

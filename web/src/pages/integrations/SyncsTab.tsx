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
import { commonText, grouped } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";

const { syncs: text } = integrationsText;

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
        <EmptyState icon={<RefreshCw size={22} />} title={text.noneOffered}>
          {text.noneOfferedText(integration.name)}
        </EmptyState>
      )}
      {own?.length === 0 && object && (
        <EmptyState
          icon={<RefreshCw size={22} />}
          title={text.empty}
          action={
            <Stack gap="md" align="center">
              <CodeBlock
                title={text.example}
                code={example(integration.type, object)}
                label={commonText.copyExample}
              />
              <ButtonLink
                to="/p/$projectId/settings/$tab"
                params={{ projectId, tab: "project-file" }}
                variant="default"
              >
                {text.openProjectFile}
              </ButtonLink>
            </Stack>
          }
        >
          {text.emptyText(integration.name)}
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

function OneSync({ projectId, sync }: { projectId: string; sync: Sync }) {
  const accounts = useQuery(syncAccountsQuery(projectId, sync.id));
  const items = accounts.data?.items;
  return (
    <Stack gap="xs" component="section" aria-label={sync.name}>
      <Title order={2}>{sync.name}</Title>
      <Text size="sm" c="dimmed">
        {text.about(sync, <span className="mono">{sync.object}</span>)}
      </Text>
      <ErrorNotice error={accounts.error} />
      {items?.length === 0 && <Text c="dimmed">{text.noAccounts}</Text>}
      {items && items.length > 0 && (
        <Table.ScrollContainer minWidth={720}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{commonText.user}</Table.Th>
                <Table.Th>{commonText.state}</Table.Th>
                <Table.Th>{commonText.records}</Table.Th>
                <Table.Th>{text.columns.lastPass}</Table.Th>
                <Table.Th>{text.columns.lastCheck}</Table.Th>
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
        {grouped(account.records)}
        <Text size="xs" c="dimmed">
          {details(account)}
        </Text>
      </Table.Td>
      <Table.Td>
        <RelativeTime at={account.lastPassAt} none={text.notYet} />
      </Table.Td>
      <Table.Td>
        <RelativeTime at={account.check?.at} none={text.notYet} />
        {account.check && (
          <Text size="xs" c="dimmed">
            {drift(account.check)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button {...button} onClick={() => set.mutate({ run: "changes" })}>
            {text.run}
          </Button>
          <Button {...button} onClick={() => set.mutate({ run: "check" })}>
            {text.check}
          </Button>
          <Button {...button} onClick={() => set.mutate({ paused: !account.paused })}>
            {account.paused ? text.resume : text.pause}
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
  if (account.state === "loading") parts.push(text.read(account.read));
  if (account.pending > 0) parts.push(text.pending(account.pending));
  if (account.refused > 0) parts.push(text.refused(account.refused));
  if (account.conflicts > 0) parts.push(text.conflicts(account.conflicts));
  return parts.join(", ");
}

/** What a comparison found and mended. */
export function drift({ missing, differing, surplus }: SyncCheck): string {
  const parts = [];
  if (missing > 0) parts.push(text.missing(missing));
  if (differing > 0) parts.push(text.differing(differing));
  if (surplus > 0) parts.push(text.surplus(surplus));
  return parts.length === 0 ? text.same : text.mended(parts.join(", "));
}

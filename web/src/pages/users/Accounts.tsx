/** A user's accounts: whether they work, with which settings, and which workflows are on. */
import { Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { sentence } from "../../api/client.ts";
import type { Json } from "../../api/json.ts";
import type { UserConfiguration, UserDetail } from "../../api/users.ts";
import { commonText } from "../../texts/common.ts";
import { usersText } from "../../texts/users.tsx";
import { TextLink } from "../../ui/links.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";

export function Accounts({ user, projectId }: { user: UserDetail; projectId: string }) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={usersText.accounts}>
      <Title order={2} mb="sm">
        {usersText.accounts}
      </Title>
      {user.accounts.length === 0 && <Text c="dimmed">{usersText.account.none}</Text>}
      <Stack gap="lg">
        {user.accounts.map((account) => (
          <Stack key={account.credentialId} gap="xs">
            <Group justify="space-between" wrap="nowrap">
              <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
                <ConnectorIcon url={iconOf(account.integrationType)} />
                <Text fw={500} truncate>
                  {account.label ?? account.integrationType}
                </Text>
              </Group>
              <StateBadge state={account.status} />
            </Group>
            <Text size="sm" c="dimmed">
              {usersText.account.connected(
                <RelativeTime at={account.connectedAt} none={usersText.account.unknownTime} />,
              )}
              {account.providerId ? usersText.account.providerId(account.providerId) : ""}
              {account.externalId ? usersText.account.externalId(account.externalId) : ""}
              {account.refreshedAt && usersText.account.renewed(<RelativeTime at={account.refreshedAt} />)}
            </Text>
            {account.statusReason && (
              <Text size="sm" c="var(--mantine-color-error)">
                {sentence(account.statusReason)}
              </Text>
            )}
            {(account.scopes ?? []).length > 0 && (
              <Text size="sm" c="dimmed">
                {usersText.account.granted(<span className="mono">{account.scopes?.join(", ")}</span>)}
              </Text>
            )}
            {account.configurations.map((configuration) => (
              <Configuration
                key={configuration.id}
                projectId={projectId}
                configuration={configuration}
                named={account.configurations.length > 1}
              />
            ))}
          </Stack>
        ))}
      </Stack>
    </Card>
  );
}

function Configuration(props: { projectId: string; configuration: UserConfiguration; named: boolean }) {
  const { projectId, configuration, named } = props;
  const settings = Object.entries(configuration.settings);
  return (
    <Stack gap={6}>
      {named && (
        <Text size="sm" fw={500}>
          {configuration.isDefault
            ? usersText.account.defaultConfiguration
            : usersText.account.configuration(configuration.id)}
        </Text>
      )}
      {configuration.workflows.map((workflow) => (
        <Group key={workflow.workflowId} justify="space-between" wrap="nowrap">
          <TextLink
            size="sm"
            to="/p/$projectId/workflows/$workflowId"
            params={{ projectId, workflowId: workflow.workflowId }}
          >
            {workflow.name}
          </TextLink>
          {workflow.permitted || workflow.enabled ? (
            <StateBadge state={workflow.enabled ? "on" : "off"} />
          ) : (
            <Text size="sm" c="dimmed" title={usersText.account.whyNotPermitted}>
              {usersText.account.notPermitted}
            </Text>
          )}
        </Group>
      ))}
      {settings.length > 0 && (
        <Table aria-label={commonText.settings} verticalSpacing={4} fz="sm">
          <Table.Tbody>
            {settings.map(([id, value]) => (
              <Table.Tr key={id}>
                <Table.Td c="dimmed">{id}</Table.Td>
                <Table.Td className="mono" style={{ overflowWrap: "anywhere" }}>
                  {shown(value)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}

function shown(value: Json | undefined): string {
  if (typeof value === "string") return value === "" ? usersText.account.emptySetting : value;
  return JSON.stringify(value ?? null);
}

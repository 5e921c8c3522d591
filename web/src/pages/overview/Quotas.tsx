/** How near the busiest accounts are to what their provider allows. */
import { Card, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { AccountQuota } from "../../api/overview.ts";
import { quotasQuery } from "../../api/queries.ts";
import { overviewText } from "../../texts/overview.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";

export function Quotas({ projectId }: { projectId: string }) {
  const quotas = useQuery(quotasQuery(projectId));
  return (
    <Stack gap="xs" component="section" aria-label={overviewText.quotas.title}>
      <Title order={2}>{overviewText.quotas.title}</Title>
      <ErrorNotice error={quotas.error} />
      {quotas.data?.length === 0 && <Text c="dimmed">{overviewText.quotas.none}</Text>}
      {quotas.data?.map((account) => (
        <Account key={account.credentialId} projectId={projectId} account={account} />
      ))}
    </Stack>
  );
}

function Account({ projectId, account }: { projectId: string; account: AccountQuota }) {
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
          <ConnectorIcon url={iconOf(account.integrationType)} size={22} />
          <Stack gap={0} style={{ minWidth: 0 }}>
            <TextLink
              fw={500}
              to="/p/$projectId/users/$userId"
              params={{ projectId, userId: account.userId }}
            >
              {account.userName}
            </TextLink>
            {account.label && (
              <Text size="xs" c="dimmed" truncate>
                {account.label}
              </Text>
            )}
          </Stack>
        </Group>
        <Stack gap={6} style={{ flex: "1 1 220px", maxWidth: 320 }}>
          {account.quotas.map((quota) => (
            <Quota key={quota.name} quota={quota} of={account.userName} />
          ))}
        </Stack>
      </Group>
    </Card>
  );
}

function Quota({ quota, of }: { quota: AccountQuota["quotas"][number]; of: string }) {
  const share = Math.min(100, (quota.used / Math.max(1, quota.max)) * 100);
  const color = !quota.inForce ? "gray" : share >= 90 ? "red" : share >= 70 ? "yellow" : "green";
  const text = overviewText.quotas.used(quota.used, quota.max, seconds(quota.windowMs));
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs">{quota.name}</Text>
        <Text size="xs" c="dimmed">
          {quota.inForce ? text : overviewText.quotas.notReported(text)}
        </Text>
      </Group>
      <Progress.Root size="sm">
        <Progress.Section
          value={share}
          color={color}
          aria-label={overviewText.quotas.of(quota.name, of)}
          aria-valuetext={text}
        />
      </Progress.Root>
    </div>
  );
}

function seconds(ms: number): string {
  if (ms >= 3_600_000) return overviewText.quotas.hours(Math.round(ms / 3_600_000));
  if (ms >= 60_000) return overviewText.quotas.minutes(Math.round(ms / 60_000));
  return overviewText.quotas.seconds(ms / 1000);
}

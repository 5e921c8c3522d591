/** The inbox of webhooks: what a provider sent when nobody could take it, why, and sending it again. */
import { Accordion, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { Inbox, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { call } from "../../api/client.ts";
import type { HookDelivery } from "../../api/history.ts";
import { useChange } from "../../api/mutations.ts";
import { at, hookDeliveriesQuery, integrationsQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { HistoryHeader } from "./HistoryHeader.tsx";
import { Pager } from "./Pager.tsx";

const reasons: Record<string, { what: string; fix: string }> = runsText.webhooks.reasons;

export function WebhooksPage() {
  const { projectId } = useParams({ from: "/p/$projectId/task-history/webhooks" });
  const { cursor } = useSearch({ from: "/p/$projectId/task-history/webhooks" });
  const deliveries = useQuery(hookDeliveriesQuery(projectId, cursor));
  const list = deliveries.data?.items ?? [];
  return (
    <Page>
      <HistoryHeader projectId={projectId} list="webhooks" live={cursor === undefined} />
      <ErrorNotice error={deliveries.error} mb="md" />
      {deliveries.isPending && <ListSkeleton rows={6} />}
      {deliveries.data && list.length === 0 && (
        <EmptyState icon={<Inbox size={22} />} title={runsText.webhooks.empty}>
          {runsText.webhooks.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && (
        <Accordion variant="contained" chevronPosition="left" aria-label={runsText.webhooks.label}>
          {list.map((delivery) => (
            <DeliveryItem key={delivery.id} projectId={projectId} delivery={delivery} />
          ))}
        </Accordion>
      )}
      <Pager isOlder={cursor !== undefined} nextCursor={deliveries.data?.nextCursor} />
    </Page>
  );
}

function DeliveryItem({ projectId, delivery }: { projectId: string; delivery: HookDelivery }) {
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  const integration = integrations.find((candidate) => candidate.id === delivery.integrationId);
  const { what, fix } = reasons[delivery.reason] ?? { what: delivery.reason, fix: "" };
  const replay = useChange(
    projectId,
    () => call<{ runs: string[] }>("POST", `${at(projectId)}/hooks/deliveries/${delivery.id}/replay`),
    ({ runs }) =>
      notifications.show({
        color: "green",
        title: runsText.webhooks.sentAgainTitle,
        message: runsText.webhooks.startedRuns(runs.length),
      }),
  );
  return (
    <Accordion.Item value={delivery.id}>
      <Accordion.Control>
        <Group gap="xs" justify="space-between" wrap="nowrap" pr="sm">
          <Stack gap={0} style={{ minWidth: 0 }}>
            <Text fw={500} truncate>
              {delivery.type}
            </Text>
            <Text size="sm" c="dimmed" truncate>
              {delivery.replayedAt ? runsText.webhooks.sentAgain : what}
            </Text>
          </Stack>
          <Text size="sm" c="dimmed" ta="right">
            {runsText.webhooks.account(integration?.name, delivery.account)}
            <br />
            <RelativeTime at={delivery.receivedAt} />
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          {!delivery.replayedAt && fix && <Text size="sm">{fix}</Text>}
          <JsonBlock
            title={runsText.webhooks.asSent}
            value={delivery.event}
            label={runsText.webhooks.copyEvent}
            maxHeight={280}
          />
          <ErrorNotice error={replay.error} />
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<RotateCcw size={16} />}
              loading={replay.isPending}
              onClick={() => replay.mutate(undefined)}
            >
              {commonText.sendAgain}
            </Button>
            {integration && <SeeIntegration projectId={projectId} id={integration.id} />}
          </Group>
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function SeeIntegration({ projectId, id }: { projectId: string; id: string }): ReactNode {
  return (
    <TextLink
      size="sm"
      to="/p/$projectId/integrations/$integrationId"
      params={{ projectId, integrationId: id }}
      search={{ tab: "workflows" }}
    >
      {runsText.webhooks.seeWorkflows}
    </TextLink>
  );
}

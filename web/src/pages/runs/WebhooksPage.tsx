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
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { HistoryHeader } from "./HistoryHeader.tsx";
import { Pager } from "./Pager.tsx";

/** What happened, and who can do what about it. */
const reasons: Record<string, [string, string]> = {
  no_account: [
    "Nobody has connected this account",
    "Your customer connects it in the portal; then send this again.",
  ],
  reconnect_needed: [
    "The account must be reconnected",
    "Your customer reconnects it in the portal; then send this again.",
  ],
  workflow_off: ["The workflow is off for this account", "Your customer turns it on in the portal."],
  nobody_listens: ["No deployed workflow listens", "Deploy a workflow whose trigger is this event."],
  unknown_event: [
    "The connector has no trigger for it",
    "Take it out of the app's subscriptions at the provider.",
  ],
  not_permitted: ["The workflow's permissions leave the user out", "Change the workflow's permissions."],
  user_disabled: ["The user is disabled", "Enable the user, then send this again."],
};

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
        <EmptyState icon={<Inbox size={22} />} title="Nothing waits here">
          Every webhook that a provider sent was taken by a workflow, or none came. What cannot be taken is
          kept here with the reason.
        </EmptyState>
      )}
      {list.length > 0 && (
        <Accordion variant="contained" chevronPosition="left" aria-label="Webhooks that started nothing">
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
  const [what, fix] = reasons[delivery.reason] ?? [delivery.reason, ""];
  const replay = useChange(
    projectId,
    () => call<{ runs: string[] }>("POST", `${at(projectId)}/hooks/deliveries/${delivery.id}/replay`),
    ({ runs }) =>
      notifications.show({
        color: "green",
        title: "Sent again",
        message: runs.length === 1 ? "It started a run." : `It started ${runs.length} runs.`,
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
              {delivery.replayedAt ? "Sent again, and it started a run" : what}
            </Text>
          </Stack>
          <Text size="sm" c="dimmed" ta="right">
            {integration?.name ?? "deleted integration"} · account {delivery.account}
            <br />
            <RelativeTime at={delivery.receivedAt} />
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          {!delivery.replayedAt && fix && <Text size="sm">{fix}</Text>}
          <JsonBlock
            title="As the provider sent it"
            value={delivery.event}
            label="Copy event"
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
              Send again
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
      Workflows of this integration
    </TextLink>
  );
}

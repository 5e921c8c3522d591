/** Failures grouped by their cause, each with the way to what mends it. */
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sentence } from "../../api/client.ts";
import type { FailureCause } from "../../api/overview.ts";
import { integrationsQuery } from "../../api/queries.ts";
import { overviewText } from "../../texts/overview.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";
import { causeOf } from "../runs/causes.ts";

export function Failures({ projectId, failures }: { projectId: string; failures: FailureCause[] }) {
  return (
    <Stack gap="xs" component="section" aria-label={overviewText.failures.title}>
      <Group justify="space-between">
        <Title order={2}>{overviewText.failures.title}</Title>
        {failures.length > 0 && (
          <TextLink
            size="sm"
            to="/p/$projectId/task-history"
            params={{ projectId }}
            search={{ state: "failed" }}
          >
            {overviewText.failures.all}
          </TextLink>
        )}
      </Group>
      {failures.length === 0 && <Text c="dimmed">{overviewText.failures.none}</Text>}
      {failures.map((cause) => (
        <CauseCard key={`${cause.integrationType} ${cause.code}`} projectId={projectId} cause={cause} />
      ))}
    </Stack>
  );
}

function CauseCard({ projectId, cause }: { projectId: string; cause: FailureCause }) {
  const known = causeOf(cause.code);
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="sm" wrap="nowrap" align="flex-start" style={{ minWidth: 0 }}>
          <ConnectorIcon url={iconOf(cause.integrationType)} size={22} />
          <Stack gap={2} style={{ minWidth: 0 }}>
            <Text fw={500}>{known.title}</Text>
            <Text size="sm" lineClamp={2}>
              {sentence(cause.message)}
            </Text>
            <Text size="sm" c="dimmed">
              {overviewText.failures.cause(
                cause.runs,
                cause.users,
                <RelativeTime at={cause.since} />,
                (words) => (
                  <TextLink
                    size="sm"
                    underline="always"
                    to="/p/$projectId/task-history/$runId"
                    params={{ projectId, runId: cause.lastRunId }}
                  >
                    {words}
                  </TextLink>
                ),
              )}
            </Text>
          </Stack>
        </Group>
        <Fix projectId={projectId} cause={cause} />
      </Group>
    </Card>
  );
}

function Fix({ projectId, cause }: { projectId: string; cause: FailureCause }) {
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  const { where } = causeOf(cause.code);
  const label = overviewText.failures.fixCause(causeOf(cause.code).title);
  const look = { variant: "default", size: "compact-sm", "aria-label": label } as const;
  const integration = integrations.find((candidate) => candidate.type === cause.integrationType);
  if (where === "credentials" && integration) {
    return (
      <ButtonLink
        {...look}
        to="/p/$projectId/integrations/$integrationId"
        params={{ projectId, integrationId: integration.id }}
        search={{ tab: "credentials" }}
      >
        {overviewText.failures.fix}
      </ButtonLink>
    );
  }
  if (where === "user" && cause.userId) {
    return (
      <ButtonLink {...look} to="/p/$projectId/users/$userId" params={{ projectId, userId: cause.userId }}>
        {overviewText.failures.fix}
      </ButtonLink>
    );
  }
  if (where === "workflow") {
    return (
      <ButtonLink
        {...look}
        to="/p/$projectId/workflows/$workflowId"
        params={{ projectId, workflowId: cause.workflowId }}
      >
        {overviewText.failures.fix}
      </ButtonLink>
    );
  }
  return (
    <ButtonLink
      {...look}
      to="/p/$projectId/task-history/$runId"
      params={{ projectId, runId: cause.lastRunId }}
    >
      {overviewText.failures.fix}
    </ButtonLink>
  );
}

/** A failure for someone: what happened, in whose system, who can mend it, and where. */
import { Alert, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { sentence } from "../../api/client.ts";
import type { Fault } from "../../api/json.ts";
import { integrationsQuery } from "../../api/queries.ts";
import type { RunDetail } from "../../api/runs.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { causeOf, type Place } from "./causes.ts";
import { findRunStep } from "./steps.ts";
import { isDirect } from "./triggers.ts";

export function FaultNotice(props: { fault: Fault; run: RunDetail; projectId: string }) {
  const { fault, run, projectId } = props;
  const step = fault.step ? findRunStep(run.steps, fault.step) : null;
  const title = step
    ? runsText.fault.ofStep(step.title)
    : run.state === "cancelled"
      ? runsText.fault.cancelled
      : runsText.fault.ofRun;
  const cause = causeOf(fault.code);
  return (
    <Alert
      color={run.state === "failed" ? "red" : "yellow"}
      icon={<TriangleAlert size={18} />}
      title={title}
      role="status"
    >
      <Text size="sm">{sentence(fault.message)}</Text>
      <Text size="sm" mt={4}>
        <b>{runsText.fault.who(cause.who)}</b>
        {cause.does}
      </Text>
      {cause.where && (
        <Group mt="xs">
          <FixLink place={cause.where} run={run} projectId={projectId} />
        </Group>
      )}
    </Alert>
  );
}

/** The way to what is to be changed. */
function FixLink(props: { place: Place; run: RunDetail; projectId: string }): ReactNode {
  const { place, run, projectId } = props;
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  const integration = integrations.find((candidate) => candidate.type === run.integrationType);
  const look = { variant: "default", size: "compact-sm" } as const;
  switch (place) {
    case "user":
      return (
        <ButtonLink {...look} to="/p/$projectId/users/$userId" params={{ projectId, userId: run.user.id }}>
          {commonText.openNamed(run.user.name ?? run.user.userId)}
        </ButtonLink>
      );
    case "workflow":
      return isDirect(run.trigger.kind) ? null : (
        <ButtonLink
          {...look}
          to="/p/$projectId/workflows/$workflowId"
          params={{ projectId, workflowId: run.workflowId }}
        >
          {runsText.fault.openWorkflow}
        </ButtonLink>
      );
    case "credentials":
      return integration ? (
        <ButtonLink
          {...look}
          to="/p/$projectId/integrations/$integrationId"
          params={{ projectId, integrationId: integration.id }}
          search={{ tab: "credentials" }}
        >
          {runsText.fault.openCredentials(integration.name)}
        </ButtonLink>
      ) : null;
  }
}

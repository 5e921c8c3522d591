/** A failure for someone: what happened, in whose system, and what to do about it. */
import { Alert, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { sentence } from "../../api/client.ts";
import type { Fault, RunDetail } from "../../api/types.ts";
import { TextLink } from "../../ui/links.tsx";
import { findRunStep } from "./steps.ts";

export function FaultNotice(props: { fault: Fault; run: RunDetail; projectId: string }) {
  const { fault, run } = props;
  const step = fault.step ? findRunStep(run.steps, fault.step) : null;
  const title = step
    ? `“${step.title}” did not work`
    : run.state === "cancelled"
      ? "Cancelled"
      : "This run stopped";
  return (
    <Alert
      color={run.state === "failed" ? "red" : "yellow"}
      icon={<TriangleAlert size={18} />}
      title={title}
      role="status"
    >
      <Text size="sm">{sentence(fault.message)}</Text>
      <Text size="sm" mt={4}>
        {whatToDo(props)}
      </Text>
    </Alert>
  );
}

function whatToDo({ fault, run, projectId }: { fault: Fault; run: RunDetail; projectId: string }): ReactNode {
  const code = fault.code.toLowerCase();
  if (/reauth|reconnect|invalid_grant|credential|unauthor/.test(code)) {
    return (
      <>
        The user must reconnect the account in the portal, then replay this run. See{" "}
        <TextLink size="sm" to="/p/$projectId/users/$userId" params={{ projectId, userId: run.user.id }}>
          {run.user.name ?? run.user.userId}
        </TextLink>
        .
      </>
    );
  }
  if (/conflict/.test(code)) {
    return "It exists there already, so nothing was changed. If that may happen, use an action that creates or updates.";
  }
  if (/rate|quota/.test(code)) return "The provider limits how often it is called. Replay the run later.";
  if (/unreachable|timeout|connect/.test(code)) {
    return "The provider could not be reached. When it is back, replay the run.";
  }
  if (/doubt/.test(code)) {
    return "Nobody can tell whether the provider carried it out. Look there, then say so in the step below.";
  }
  return (
    <>
      Look at the request and the answer below, mend the step in{" "}
      <TextLink
        size="sm"
        to="/p/$projectId/workflows/$workflowId"
        params={{ projectId, workflowId: run.workflowId }}
      >
        the workflow
      </TextLink>{" "}
      or the data in your app, and send it again.
    </>
  );
}

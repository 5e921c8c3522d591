/** What starts the workflow: which kind, and the form of that kind. */
import { Group, Select, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { sentence } from "../api/client.ts";
import type { Connector } from "../api/connectors.ts";
import type { Problem } from "../api/definition.ts";
import type { AppEvent } from "../api/events.ts";
import type { Trigger } from "../api/triggers.ts";
import { triggerFormsText } from "../texts/triggerForms.tsx";
import { triggersText } from "../texts/triggers.ts";
import type { Operation } from "./model/operations.ts";
import { startOfTrigger, TRIGGER_KINDS, triggerKind, triggerText } from "./model/triggers.ts";
import type { VariableSource } from "./model/variables.ts";
import { StepIcon } from "./StepIcon.tsx";
import { AppEventTrigger } from "./triggers/AppEventTrigger.tsx";
import { ProviderTrigger } from "./triggers/ProviderTrigger.tsx";
import { RequestTrigger } from "./triggers/RequestTrigger.tsx";
import { ScheduleTrigger } from "./triggers/ScheduleTrigger.tsx";
import { WebhookTrigger } from "./triggers/WebhookTrigger.tsx";

interface TriggerFormProps {
  projectId: string;
  workflowId: string;
  trigger: Trigger | null;
  events: AppEvent[];
  connector: Pick<Connector, "name" | "triggers">;
  /** What is known before a run begins, among others. */
  sources: VariableSource[];
  problems: Problem[];
  operate: (operation: Operation) => void;
}

export function TriggerForm(props: TriggerFormProps) {
  const { projectId, workflowId, trigger, events, connector, problems, operate } = props;
  const kind = triggerKind(trigger);
  const text = triggerText(trigger);
  const found = problems.filter((problem) => problem.pointer.startsWith("/trigger"));
  const problemAt = (place: string) => {
    const at = `/trigger${place === "" ? "" : `/${place}`}`;
    const problem = found.find(({ pointer }) => pointer === at || pointer.startsWith(`${at}/`));
    return problem && sentence(problem.message);
  };
  const set = (next: Trigger | null) => operate({ kind: "setTrigger", trigger: next });
  const before = props.sources.filter(
    ({ kind: of }) => of === "settings" || of === "user" || of === "secrets",
  );
  const kinds = TRIGGER_KINDS.filter((each) => each !== "provider" || connector.triggers.length > 0);

  return (
    <Stack gap="md">
      <Group gap="sm">
        <ThemeIcon variant="light" size={32}>
          <StepIcon kind="trigger" size={18} />
        </ThemeIcon>
        <Title order={2}>{triggerFormsText.title(text.title)}</Title>
      </Group>
      <Select
        label={triggerFormsText.kind}
        allowDeselect={false}
        data={kinds.map((each) => ({
          value: each,
          label: each === "provider" ? triggerFormsText.eventAt(connector.name) : triggersText[each].title,
        }))}
        value={kind}
        onChange={(chosen) => {
          const next = TRIGGER_KINDS.find((each) => each === chosen);
          if (next && next !== kind) set(startOfTrigger(next));
        }}
      />
      <Text c="dimmed" size="sm">
        {text.about}
      </Text>
      {kind === "appEvent" && (
        <AppEventTrigger
          projectId={projectId}
          trigger={trigger}
          events={events}
          problem={trigger?.appEvent === undefined ? undefined : problemAt("")}
          set={set}
        />
      )}
      {trigger?.request && (
        <RequestTrigger
          projectId={projectId}
          workflowId={workflowId}
          request={trigger.request}
          problemAt={(place) => problemAt(`request/validate/${place}`)}
          set={(request) => set({ request })}
        />
      )}
      {trigger?.schedule && (
        <ScheduleTrigger
          schedule={trigger.schedule}
          sources={before.filter((source) => source.kind === "user")}
          problemAt={(place) => problemAt(`schedule/${place}`)}
          set={(schedule) => set({ schedule })}
        />
      )}
      {trigger?.provider && (
        <ProviderTrigger
          provider={trigger.provider}
          events={connector.triggers}
          sources={before}
          problemAt={(place) => problemAt(`provider/${place}`)}
          set={(provider) => set({ provider })}
        />
      )}
      {trigger?.webhook && (
        <WebhookTrigger
          projectId={projectId}
          workflowId={workflowId}
          provider={connector.name}
          webhook={trigger.webhook}
          sources={before}
          problemAt={(place) => problemAt(`webhook/${place}`)}
          set={(webhook) => set({ webhook })}
        />
      )}
    </Stack>
  );
}

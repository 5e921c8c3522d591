import { Select, Text } from "@mantine/core";
import type { ConnectorTrigger } from "../../api/connectors.ts";
import type { Trigger } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import { triggersText } from "../../texts/triggers.ts";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import type { VariableSource } from "../model/variables.ts";
import { StepField } from "../StepField.tsx";

type Provider = NonNullable<Trigger["provider"]>;

interface ProviderTriggerProps {
  provider: Provider;
  events: ConnectorTrigger[];
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (provider: Provider) => void;
}

export function ProviderTrigger({ provider, events, sources, problemAt, set }: ProviderTriggerProps) {
  const chosen = events.find((event) => event.name === provider.event);
  return (
    <>
      <Select
        label={commonText.event}
        placeholder={triggersText.provider.notChosen}
        searchable
        allowDeselect={false}
        data={grouped(events)}
        value={provider.event || null}
        description={chosen?.description}
        inputWrapperOrder={["label", "input", "description", "error"]}
        error={provider.event === "" ? undefined : problemAt("event")}
        onChange={(event) => event && set({ event, inputs: {} })}
      />
      {chosen && (
        <Text size="xs" c="dimmed">
          {chosen.model === "POLLING" ? triggerFormsText.provider.polling : triggerFormsText.provider.webhook}
        </Text>
      )}
      {chosen?.fields.map((field) => (
        <StepField
          key={`${chosen.name}/${field.name}`}
          field={field}
          value={provider.inputs[field.name]}
          sources={sources}
          problem={problemAt(`inputs/${field.name}`)}
          onChange={(value) => {
            const { [field.name]: _, ...rest } = provider.inputs;
            const inputs = value === undefined || value === "" ? rest : { ...rest, [field.name]: value };
            set({ ...provider, inputs });
          }}
        />
      ))}
      {chosen && (
        <JsonBlock
          title={triggerFormsText.example}
          value={chosen.example}
          label={commonText.copyExample}
          maxHeight={320}
        />
      )}
    </>
  );
}

function grouped(events: ConnectorTrigger[]) {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const event of events) {
    const items = groups.get(event.group) ?? [];
    items.push({ value: event.name, label: event.title });
    groups.set(event.group, items);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}

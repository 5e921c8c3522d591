/** An action of the connector: which, and its fields as the connector describes them. */
import { Select } from "@mantine/core";
import { memo } from "react";
import type { ActionField, Connector, ConnectorAction } from "../../api/connectors.ts";
import type { Json } from "../../api/json.ts";
import type { Operation } from "../model/operations.ts";
import type { VariableSource } from "../model/variables.ts";
import { ADDITIONAL_FIELDS, StepField } from "../StepField.tsx";
import type { FormProps } from "./props.ts";

interface ActionFormProps extends Omit<FormProps, "set"> {
  connector: Connector;
  operate: (operation: Operation) => void;
}

export function ActionForm({ step, sources, problemAt, connector, operate }: ActionFormProps) {
  const { key } = step;
  const action = connector.actions.find((candidate) => candidate.name === step.action);
  return (
    <>
      <Select
        label="Action"
        placeholder="Choose an action"
        searchable
        allowDeselect={false}
        nothingFoundMessage="No action is called that"
        maxDropdownHeight={360}
        data={grouped(connector.actions)}
        value={step.action}
        error={problemAt("action")}
        description={action?.description}
        inputWrapperOrder={["label", "input", "description", "error"]}
        onChange={(name) => {
          const chosen = connector.actions.find((candidate) => candidate.name === name);
          if (chosen) operate({ kind: "setAction", key, action: { name: chosen.name, title: chosen.title } });
        }}
      />
      {action?.fields
        .filter((field) => field.name !== ADDITIONAL_FIELDS)
        .map((field) => (
          <ActionInput
            key={`${action.name}/${field.name}`}
            stepKey={key}
            field={field}
            value={step.inputs[field.name]}
            sources={sources}
            problem={problemAt(`inputs/${field.name}`)}
            operate={operate}
          />
        ))}
      {action?.additionalFields && (
        <ActionInput
          stepKey={key}
          field={ADDITIONAL}
          value={step.inputs[ADDITIONAL_FIELDS]}
          sources={sources}
          problem={problemAt(`inputs/${ADDITIONAL_FIELDS}`)}
          operate={operate}
        />
      )}
    </>
  );
}

const ADDITIONAL: ActionField = {
  name: ADDITIONAL_FIELDS,
  title: "Additional fields",
  type: "json",
  required: false,
  help: "Any other property, as a JSON object. Texts in it may hold variables.",
  placeholder: '{ "lifecyclestage": "lead" }',
};

interface ActionInputProps {
  stepKey: string;
  field: ActionField;
  value: Json | undefined;
  sources: VariableSource[];
  problem: string | undefined;
  operate: (operation: Operation) => void;
}

/** An action may have dozens of fields: a letter in one of them draws that one. */
const ActionInput = memo(function ActionInput({ stepKey, operate, ...rest }: ActionInputProps) {
  const { name } = rest.field;
  return (
    <StepField {...rest} onChange={(value) => operate({ kind: "setInput", key: stepKey, name, value })} />
  );
});

function grouped(actions: ConnectorAction[]) {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const action of actions) {
    const items = groups.get(action.group) ?? [];
    items.push({ value: action.name, label: action.title });
    groups.set(action.group, items);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}

/** An action of the connector: which, and its fields as the connector describes them. */
import { Select } from "@mantine/core";
import { memo } from "react";
import type { ActionField, Connector, ConnectorAction } from "../../api/connectors.ts";
import type { Json } from "../../api/json.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import type { Operation } from "../model/operations.ts";
import type { VariableSource } from "../model/variables.ts";
import { ADDITIONAL_FIELDS, StepField } from "../StepField.tsx";
import type { FormProps } from "./props.ts";

const texts = stepFormsText.action;

interface ActionFormProps extends Omit<FormProps, "set"> {
  connector: Connector;
  operate: (operation: Operation) => void;
}

export function ActionForm({ step, sources, problemAt, connector, operate }: ActionFormProps) {
  const { key } = step;
  const action = connector.actions.find((candidate) => candidate.name === step.action);
  return (
    <>
      <ActionChoice
        stepKey={key}
        actions={connector.actions}
        chosen={step.action}
        problem={problemAt("action")}
        operate={operate}
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

interface ActionChoiceProps {
  stepKey: string;
  actions: ConnectorAction[];
  chosen: string | null;
  problem: string | undefined;
  operate: (operation: Operation) => void;
}

/** A connector has a hundred actions: they are not listed anew with every letter in a field. */
const ActionChoice = memo(function ActionChoice(props: ActionChoiceProps) {
  const { stepKey: key, actions, chosen, operate } = props;
  const find = (wanted: string | null) => actions.find(({ name }) => name === wanted);
  return (
    <Select
      label={texts.label}
      placeholder={texts.hint}
      searchable
      allowDeselect={false}
      nothingFoundMessage={texts.none}
      maxDropdownHeight={360}
      data={grouped(actions)}
      value={chosen}
      error={props.problem}
      description={find(chosen)?.description}
      inputWrapperOrder={["label", "input", "description", "error"]}
      onChange={(wanted) => {
        const action = find(wanted);
        if (action) operate({ kind: "setAction", key, action: { name: action.name, title: action.title } });
      }}
    />
  );
});

const ADDITIONAL: ActionField = {
  name: ADDITIONAL_FIELDS,
  title: texts.additional.title,
  type: "json",
  required: false,
  help: texts.additional.help,
  placeholder: texts.additional.example,
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

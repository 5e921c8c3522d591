import { Accordion, ActionIcon, Group, Select, Stack, Switch, Text, TextInput, Tooltip } from "@mantine/core";
import { ArrowDown, ArrowUp, Copy, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { sentence } from "../api/client.ts";
import type { Connector, ConnectorAction, Problem, Step } from "../api/types.ts";
import type { Operation } from "./model/operations.ts";
import { kindOf, type StepKind, stepSummary } from "./model/summary.ts";
import type { VariableSource } from "./model/variables.ts";
import { ADDITIONAL_FIELDS, StepField } from "./StepField.tsx";

interface StepFormProps {
  step: Step;
  index: number;
  count: number;
  connector: Connector;
  iconUrl: string;
  sources: VariableSource[];
  problems: Problem[];
  operate: (operation: Operation) => void;
}

/** What stands over the form of a step that is no action of the connector. */
const HEADINGS: Partial<Record<StepKind, string>> = { delay: "Delay", function: "Function" };

export function StepForm(props: StepFormProps) {
  const { step, index, count, connector, sources, operate } = props;
  const action = connector.actions.find((candidate) => candidate.name === step.action);
  const mine = props.problems.filter((problem) => problem.step === step.key);
  const problemAt = (place: string) => {
    const found = mine.find((problem) => isAt(problem.pointer, place));
    return step.action === null || !found ? undefined : sentence(found.message);
  };
  const key = step.key;
  const kind = kindOf(step);

  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs" wrap="nowrap">
          {kind === "action" && (
            <img src={props.iconUrl} alt="" width={24} height={24} style={{ borderRadius: 5 }} />
          )}
          <Text fw={600}>{HEADINGS[kind] ?? connector.name}</Text>
        </Group>
        <Group gap={0} wrap="nowrap">
          <StepButton
            label="Move up"
            off={index === 0 ? "It is the first step" : null}
            onClick={() => operate({ kind: "moveStep", key, to: index - 1 })}
          >
            <ArrowUp size={16} />
          </StepButton>
          <StepButton
            label="Move down"
            off={index === count - 1 ? "It is the last step" : null}
            onClick={() => operate({ kind: "moveStep", key, to: index + 1 })}
          >
            <ArrowDown size={16} />
          </StepButton>
          <StepButton
            label="Duplicate step"
            off={null}
            onClick={() => operate({ kind: "duplicateStep", key })}
          >
            <Copy size={16} />
          </StepButton>
          <StepButton label="Delete step" off={null} onClick={() => operate({ kind: "removeStep", key })}>
            <Trash2 size={16} />
          </StepButton>
        </Group>
      </Group>

      {kind !== "action" ? (
        <Text size="sm" c="dimmed">
          {`${stepSummary(step, undefined)}. To change it, export the project file, edit it and apply it.`}
        </Text>
      ) : (
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
            if (chosen) {
              operate({ kind: "setAction", key, action: { name: chosen.name, title: chosen.title } });
            }
          }}
        />
      )}

      {action && (
        <>
          {action.fields
            .filter((field) => field.name !== ADDITIONAL_FIELDS)
            .map((field) => (
              <StepField
                key={`${action.name}/${field.name}`}
                field={field}
                value={step.inputs[field.name]}
                sources={sources}
                problem={problemAt(`inputs/${field.name}`)}
                onChange={(value) => operate({ kind: "setInput", key, name: field.name, value })}
              />
            ))}
          {action.additionalFields && (
            <StepField
              field={{
                name: ADDITIONAL_FIELDS,
                title: "Additional fields",
                type: "json",
                required: false,
                help: "Any other property, as a JSON object. Texts in it may hold variables.",
                placeholder: '{ "lifecyclestage": "lead" }',
              }}
              value={step.inputs[ADDITIONAL_FIELDS]}
              sources={sources}
              problem={problemAt(`inputs/${ADDITIONAL_FIELDS}`)}
              onChange={(value) => operate({ kind: "setInput", key, name: ADDITIONAL_FIELDS, value })}
            />
          )}
        </>
      )}

      <Accordion variant="contained" chevronPosition="left">
        <Accordion.Item value="errors">
          <Accordion.Control>Name and errors</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="md">
              <TextInput
                label="Step name"
                description={`Later steps refer to it as steps.${key}`}
                value={step.title ?? ""}
                onChange={(event) => operate({ kind: "renameStep", key, title: event.currentTarget.value })}
              />
              <Select
                label="When this step fails"
                allowDeselect={false}
                data={[
                  { value: "stop", label: "Stop the run" },
                  { value: "continue", label: "Go on with the next step" },
                ]}
                value={step.onError}
                onChange={(value) =>
                  operate({ kind: "setOnError", key, onError: value === "continue" ? "continue" : "stop" })
                }
              />
              <Switch
                label="Retry failures that may pass"
                description="Up to 5 times, with growing pauses"
                checked={step.retry}
                onChange={(event) => operate({ kind: "setRetry", key, retry: event.currentTarget.checked })}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

/** Whether a pointer such as `/steps/0/inputs/email` is about a place within its step, or below it. */
function isAt(pointer: string, place: string): boolean {
  const within = pointer.split("/").slice(3).join("/");
  return within === place || within.startsWith(`${place}/`);
}

interface StepButtonProps {
  label: string;
  /** Why it cannot be done now. */
  off: string | null;
  onClick: () => void;
  children: ReactNode;
}

function StepButton({ label, off, onClick, children }: StepButtonProps) {
  return (
    <Tooltip label={off ?? label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-disabled={off !== null}
        onClick={off === null ? onClick : undefined}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function grouped(actions: ConnectorAction[]) {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const action of actions) {
    const items = groups.get(action.group) ?? [];
    items.push({ value: action.name, label: action.title });
    groups.set(action.group, items);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}

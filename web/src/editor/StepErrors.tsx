import { Accordion, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Step } from "../api/types.ts";
import type { StepKind } from "./model/kinds.ts";
import type { Operation } from "./model/operations.ts";

/** Kinds whose failures may pass. */
const RETRIED: StepKind[] = ["action", "request", "function"];

interface StepErrorsProps {
  step: Step;
  kind: StepKind;
  operate: (operation: Operation) => void;
}

/** What a step is called, and what its failure means. */
export function StepErrors({ step, kind, operate }: StepErrorsProps) {
  const { key } = step;
  return (
    <Accordion variant="contained" chevronPosition="left">
      <Accordion.Item value="errors">
        <Accordion.Control>Name and errors</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="md">
            <NameInput step={step} onName={(title) => operate({ kind: "renameStep", key, title })} />
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
            {RETRIED.includes(kind) && (
              <Switch
                label="Retry failures that may pass"
                description="Up to 5 times, with growing pauses"
                checked={step.retry}
                onChange={(event) => operate({ kind: "setRetry", key, retry: event.currentTarget.checked })}
              />
            )}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

/** The name is taken when it is whole: the key may follow it, and with the key every reference. */
function NameInput({ step, onName }: { step: Step; onName: (title: string) => void }) {
  const title = step.title ?? "";
  const [typed, setTyped] = useState(title);
  const [known, setKnown] = useState(title);
  if (known !== title) {
    setKnown(title);
    setTyped(title);
  }
  return (
    <TextInput
      label="Step name"
      description={`Later steps refer to it as steps.${step.key}`}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => {
        if (typed.trim() === "") setTyped(title);
        else if (typed !== title) onName(typed.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
    />
  );
}

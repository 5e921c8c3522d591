import { Accordion, Select, Stack, Switch } from "@mantine/core";
import { memo } from "react";
import type { Step } from "../api/definition.ts";
import { stepFormsText } from "../texts/stepForms.tsx";
import type { StepKind } from "./model/kinds.ts";
import type { Operation } from "./model/operations.ts";

const texts = stepFormsText.errors;

/** Kinds whose failures may pass. */
const RETRIED: StepKind[] = ["action", "request", "function"];

interface StepErrorsProps {
  stepKey: string;
  onError: Step["onError"];
  retry: boolean;
  kind: StepKind;
  operate: (operation: Operation) => void;
}

/** What a step's failure means. */
export const StepErrors = memo(function StepErrors(props: StepErrorsProps) {
  const { stepKey: key, onError, retry, kind, operate } = props;
  return (
    <Accordion variant="contained" chevronPosition="left">
      <Accordion.Item value="errors">
        <Accordion.Control>{texts.title}</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="md">
            <Select
              label={texts.when}
              allowDeselect={false}
              data={[
                { value: "stop", label: texts.stop },
                { value: "continue", label: texts.continue },
              ]}
              value={onError}
              onChange={(value) =>
                operate({ kind: "setOnError", key, onError: value === "continue" ? "continue" : "stop" })
              }
            />
            {RETRIED.includes(kind) && (
              <Switch
                label={texts.retry}
                description={texts.retryAbout}
                checked={retry}
                onChange={(event) => operate({ kind: "setRetry", key, retry: event.currentTarget.checked })}
              />
            )}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
});

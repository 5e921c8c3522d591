import { Text } from "@mantine/core";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { stepsText } from "../../texts/steps.ts";
import { ConditionsInput } from "./ConditionsInput.tsx";
import type { FormProps } from "./props.ts";

export function ConditionForm({ step, sources, problemAt, set }: FormProps) {
  return (
    <>
      <Text size="sm" c="dimmed">
        {stepFormsText.condition.about(stepsText.branches.then, stepsText.branches.else)}
      </Text>
      <ConditionsInput
        conditions={step.if ?? { any: [] }}
        sources={sources}
        problemAt={(place) => problemAt(`if/${place}`)}
        onChange={(conditions, at) => set({ if: conditions }, at && `if/${at}`)}
      />
      {problemAt("then") && (
        <Text size="sm" c="var(--mantine-color-error)">
          {problemAt("then")}
        </Text>
      )}
    </>
  );
}

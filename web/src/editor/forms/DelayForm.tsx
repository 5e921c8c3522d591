import { Group, Select } from "@mantine/core";
import type { DelayUnit } from "../../api/definition.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { asText } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { numberOrText } from "./numbers.ts";
import type { FormProps } from "./props.ts";

const texts = stepFormsText.delay;

const UNITS: DelayUnit[] = ["seconds", "minutes", "hours", "days"];

export function DelayForm({ step, sources, problemAt, set }: FormProps) {
  const delay = step.delay ?? { amount: 5, unit: "minutes" as const };
  return (
    <Group align="flex-start" wrap="nowrap" gap="sm">
      <div style={{ flex: 1, minWidth: 0 }}>
        <VariableInput
          label={texts.amount}
          required
          value={asText(delay.amount)}
          sources={sources}
          error={problemAt("delay/amount") ?? null}
          onChange={(text) => set({ delay: { ...delay, amount: numberOrText(text) } }, "delay/amount")}
        />
      </div>
      <Select
        label={texts.unit}
        w={130}
        allowDeselect={false}
        data={UNITS.map((value) => ({ value, label: texts.units[value] }))}
        value={delay.unit}
        onChange={(unit) => {
          const chosen = UNITS.find((known) => known === unit);
          if (chosen) set({ delay: { ...delay, unit: chosen } }, null);
        }}
      />
    </Group>
  );
}

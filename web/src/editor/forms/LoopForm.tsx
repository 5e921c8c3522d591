import { NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Json } from "../../api/json.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { asText } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import type { FormProps } from "./props.ts";

const texts = stepFormsText.loop;

interface LoopFormProps extends FormProps {
  setItemName: (name: string) => void;
}

export function LoopForm({ step, sources, problemAt, set, setItemName }: LoopFormProps) {
  const name = step.as ?? "item";
  const [typed, setTyped] = useState(name);
  const [known, setKnown] = useState(name);
  if (known !== name) {
    setKnown(name);
    setTyped(name);
  }
  const wrong = /^[a-z][a-z0-9_]*$/.test(typed) ? undefined : texts.itemWrong;
  return (
    <Stack gap="md">
      <VariableInput
        label={texts.list}
        required
        description={texts.listAbout}
        value={asText(step.forEach)}
        sources={sources}
        error={problemAt("forEach") ?? null}
        onChange={(text) => set({ forEach: listOf(text) }, "forEach")}
      />
      <TextInput
        label={texts.item}
        description={texts.itemAbout}
        value={typed}
        error={wrong ?? problemAt("as")}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (!wrong && typed !== name) setItemName(typed);
        }}
      />
      <NumberInput
        label={texts.atOnce}
        description={texts.atOnceAbout}
        min={1}
        max={100}
        allowDecimal={false}
        placeholder="10"
        value={step.concurrency ?? ""}
        error={problemAt("concurrency")}
        onChange={(value) =>
          set({ concurrency: typeof value === "number" ? value : undefined }, "concurrency")
        }
      />
      <Text size="xs" c="dimmed">
        {texts.about(step.key)}
      </Text>
      {problemAt("steps") && (
        <Text size="sm" c="var(--mantine-color-error)">
          {problemAt("steps")}
        </Text>
      )}
    </Stack>
  );
}

/** A list that is written out is a list; anything else is an expression that gives one. */
function listOf(text: string): Json {
  if (!text.trim().startsWith("[")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

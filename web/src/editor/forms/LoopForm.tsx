import { NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Json } from "../../api/json.ts";
import { asText } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import type { FormProps } from "./props.ts";

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
  const wrong = /^[a-z][a-z0-9_]*$/.test(typed) ? undefined : "Use lower-case letters, digits and _";
  return (
    <Stack gap="md">
      <VariableInput
        label="List"
        required
        description="One variable that is a list, or a list in JSON"
        value={asText(step.forEach)}
        sources={sources}
        error={problemAt("forEach") ?? null}
        onChange={(text) => set({ forEach: listOf(text) }, "forEach")}
      />
      <TextInput
        label="Name of the item"
        description="Steps inside read it under this name"
        value={typed}
        error={wrong ?? problemAt("as")}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (!wrong && typed !== name) setItemName(typed);
        }}
      />
      <NumberInput
        label="Items at once"
        description="1 to 100; the order of their beginnings is kept"
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
        An item that fails does not stop the others. Later steps read steps.{step.key}: count, succeeded,
        failed, errors.
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

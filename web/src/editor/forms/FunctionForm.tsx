import { Stack, Text } from "@mantine/core";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { functionScope } from "../model/functionScope.ts";
import { NamedValues } from "./NamedValues.tsx";
import type { FormProps } from "./props.ts";

export function FunctionForm({ step, sources, problemAt, set }: FormProps) {
  const code = step.function ?? { code: "", parameters: {} };
  return (
    <Stack gap="md">
      <NamedValues
        title="Parameters"
        about="What the code gets as parameters.NAME"
        one="parameter"
        values={code.parameters}
        sources={sources}
        problemAt={(name) => problemAt(`function/parameters/${name}`)}
        onChange={(parameters, at) => set({ function: { ...code, parameters } }, at && `parameters/${at}`)}
      />
      <CodeEditor
        label="Code"
        language="javascript"
        minHeight={200}
        scope={functionScope(code.parameters, sources)}
        error={problemAt("function/code") ?? null}
        value={code.code}
        onChange={(text) => set({ function: { ...code, code: text } }, "function/code")}
      />
      <Text size="xs" c="dimmed">
        What it returns is read as steps.{step.key}.result. <code>libraries</code> has dates, crypto, csv,
        text, data and url.
      </Text>
    </Stack>
  );
}

import { Stack, Text } from "@mantine/core";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { functionScope } from "../model/functionScope.ts";
import { NamedValues } from "./NamedValues.tsx";
import type { FormProps } from "./props.ts";

const texts = stepFormsText.function;

export function FunctionForm({ step, sources, problemAt, set }: FormProps) {
  const code = step.function ?? { code: "", parameters: {} };
  return (
    <Stack gap="md">
      <NamedValues
        title={texts.parameters}
        about={texts.parametersAbout}
        one={texts.parameter}
        values={code.parameters}
        sources={sources}
        problemAt={(name) => problemAt(`function/parameters/${name}`)}
        onChange={(parameters, at) => set({ function: { ...code, parameters } }, at && `parameters/${at}`)}
      />
      <CodeEditor
        label={texts.code}
        language="javascript"
        minHeight={200}
        scope={functionScope(code.parameters, sources)}
        error={problemAt("function/code") ?? null}
        value={code.code}
        onChange={(text) => set({ function: { ...code, code: text } }, "function/code")}
      />
      <Text size="xs" c="dimmed">
        {texts.about(step.key)}
      </Text>
    </Stack>
  );
}

import { Alert, SegmentedControl, Stack } from "@mantine/core";
import type { Step } from "../../api/definition.ts";
import type { Trigger } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { asText, JsonField } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { NamedValues } from "./NamedValues.tsx";
import { numberOrText } from "./numbers.ts";
import type { FormProps } from "./props.ts";

const texts = stepFormsText.response;

export function ResponseForm({
  step,
  sources,
  problemAt,
  set,
  trigger,
}: FormProps & { trigger: Trigger | null }) {
  const response: NonNullable<Step["response"]> = step.response ?? { status: 200, body: {} };
  const misplaced = problemAt("response");
  return (
    <Stack gap="md">
      {!trigger?.request && <Alert color="yellow">{texts.noCaller}</Alert>}
      <VariableInput
        label={texts.status}
        required
        value={asText(response.status)}
        sources={sources}
        error={problemAt("response/status") ?? (trigger?.request ? misplaced : null) ?? null}
        onChange={(text) => set({ response: { ...response, status: numberOrText(text) } }, "response/status")}
      />
      <NamedValues
        title={commonText.headers}
        one={texts.header}
        values={response.headers ?? {}}
        sources={sources}
        problemAt={(name) => problemAt(`response/headers/${name}`)}
        onChange={(headers, at) => set({ response: { ...response, headers } }, at && `headers/${at}`)}
      />
      <SegmentedControl
        aria-label={texts.what}
        data={[
          { value: "body", label: texts.body },
          { value: "file", label: texts.file },
        ]}
        value={response.file === undefined ? "body" : "file"}
        onChange={(kind) => {
          const { file: _, ...rest } = response;
          set(
            { response: kind === "file" ? { ...rest, body: null, file: "" } : { ...rest, body: {} } },
            null,
          );
        }}
      />
      {response.file !== undefined ? (
        <VariableInput
          label={commonText.file}
          required
          description={texts.fileAbout}
          placeholder={texts.fileExample}
          value={asText(response.file)}
          sources={sources}
          error={problemAt("response/file") ?? null}
          onChange={(file) => set({ response: { ...response, file } }, "response/file")}
        />
      ) : (
        <JsonField
          field={{
            name: "body",
            title: texts.bodyLabel,
            type: "json",
            required: false,
            help: texts.bodyHelp,
            placeholder: texts.bodyExample,
          }}
          value={response.body}
          sources={sources}
          problem={problemAt("response/body")}
          onChange={(body) => set({ response: { ...response, body: body ?? null } }, "response/body")}
        />
      )}
    </Stack>
  );
}

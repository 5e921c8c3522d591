import { Alert, SegmentedControl, Stack } from "@mantine/core";
import type { Step } from "../../api/definition.ts";
import type { Trigger } from "../../api/triggers.ts";
import { asText, JsonField } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { NamedValues } from "./NamedValues.tsx";
import { numberOrText } from "./numbers.ts";
import type { FormProps } from "./props.ts";

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
      {!trigger?.request && (
        <Alert color="yellow">Only a workflow with a Request trigger has a caller to answer.</Alert>
      )}
      <VariableInput
        label="Status"
        required
        value={asText(response.status)}
        sources={sources}
        error={problemAt("response/status") ?? (trigger?.request ? misplaced : null) ?? null}
        onChange={(text) => set({ response: { ...response, status: numberOrText(text) } }, "response/status")}
      />
      <NamedValues
        title="Headers"
        one="header"
        values={response.headers ?? {}}
        sources={sources}
        problemAt={(name) => problemAt(`response/headers/${name}`)}
        onChange={(headers, at) => set({ response: { ...response, headers } }, at && `headers/${at}`)}
      />
      <SegmentedControl
        aria-label="What is answered"
        data={[
          { value: "body", label: "JSON or text" },
          { value: "file", label: "A file" },
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
          label="File"
          required
          description="A variable that holds a file: of the trigger, or the body of a request's answer"
          placeholder="{{ trigger.body.file }}"
          value={asText(response.file)}
          sources={sources}
          error={problemAt("response/file") ?? null}
          onChange={(file) => set({ response: { ...response, file } }, "response/file")}
        />
      ) : (
        <JsonField
          field={{
            name: "body",
            title: "Body",
            type: "json",
            required: false,
            help: "JSON. Texts in it may hold variables; one variable alone is sent as it is.",
            placeholder: '{ "id": "{{ steps.create.id }}" }',
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

import { Select } from "@mantine/core";
import type { RequestSpec } from "../../api/definition.ts";
import type { JsonObject } from "../../api/json.ts";
import type { VariableSource } from "../model/variables.ts";
import { asText, JsonField } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { NamedValues } from "./NamedValues.tsx";

const KINDS = [
  { value: "none", label: "No body" },
  { value: "body", label: "JSON" },
  { value: "form", label: "Form (urlencoded)" },
  { value: "multipart", label: "Form with files (multipart)" },
  { value: "xml", label: "XML" },
  { value: "raw", label: "Text as it stands" },
] as const;

type BodyKind = (typeof KINDS)[number]["value"];

interface RequestBodyInputProps {
  request: RequestSpec;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (part: Partial<RequestSpec>, at: string | null) => void;
}

const NO_BODY = { body: undefined, form: undefined, multipart: undefined, xml: undefined, raw: undefined };

export function RequestBodyInput({ request, sources, problemAt, onChange }: RequestBodyInputProps) {
  const kind = KINDS.find(({ value }) => value !== "none" && request[value] !== undefined)?.value ?? "none";
  return (
    <>
      <Select
        label="Body"
        allowDeselect={false}
        data={[...KINDS]}
        value={kind}
        onChange={(chosen) => {
          const next = KINDS.find(({ value }) => value === chosen)?.value ?? "none";
          onChange({ ...NO_BODY, ...startOf(next) } as Partial<RequestSpec>, null);
        }}
      />
      {kind === "body" && (
        <JsonField
          field={{
            name: "body",
            title: "JSON",
            type: "json",
            required: false,
            help: "Texts in it may hold variables.",
            placeholder: '{ "email": "{{ trigger.email }}" }',
          }}
          value={request.body}
          sources={sources}
          problem={problemAt("body")}
          // Emptied, it stays the kind of body that was chosen.
          onChange={(body) => onChange({ body: body ?? {} }, "body")}
        />
      )}
      {(kind === "form" || kind === "multipart") && (
        <NamedValues
          title="Fields"
          one="field"
          values={objectOf(request[kind])}
          sources={sources}
          problemAt={(name) => problemAt(`${kind}/${name}`)}
          onChange={(values, at) => onChange({ [kind]: values }, at && `${kind}/${at}`)}
        />
      )}
      {(kind === "xml" || kind === "raw") && (
        <VariableInput
          label={kind === "xml" ? "XML" : "Text"}
          multiline
          mono
          value={asText(request[kind])}
          sources={sources}
          error={problemAt(kind) ?? null}
          onChange={(text) => onChange({ [kind]: text }, kind)}
        />
      )}
    </>
  );
}

function startOf(kind: BodyKind): Partial<RequestSpec> {
  if (kind === "none") return {};
  return { [kind]: kind === "xml" || kind === "raw" ? "" : {} };
}

function objectOf(value: JsonObject | undefined): JsonObject {
  return value ?? {};
}

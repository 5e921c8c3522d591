import { Select } from "@mantine/core";
import type { RequestSpec } from "../../api/definition.ts";
import type { JsonObject } from "../../api/json.ts";
import { commonText } from "../../texts/common.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import type { VariableSource } from "../model/variables.ts";
import { asText, JsonField } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { NamedValues } from "./NamedValues.tsx";

const texts = stepFormsText.body;

/** In the order of the menu. */
const KINDS = ["none", "body", "form", "multipart", "xml", "raw"] as const;

type BodyKind = (typeof KINDS)[number];

interface RequestBodyInputProps {
  request: RequestSpec;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (part: Partial<RequestSpec>, at: string | null) => void;
}

const NO_BODY = { body: undefined, form: undefined, multipart: undefined, xml: undefined, raw: undefined };

export function RequestBodyInput({ request, sources, problemAt, onChange }: RequestBodyInputProps) {
  const kind = KINDS.find((each) => each !== "none" && request[each] !== undefined) ?? "none";
  return (
    <>
      <Select
        label={texts.label}
        allowDeselect={false}
        data={KINDS.map((value) => ({ value, label: texts.kinds[value] }))}
        value={kind}
        onChange={(chosen) => {
          const next = KINDS.find((each) => each === chosen) ?? "none";
          onChange({ ...NO_BODY, ...startOf(next) } as Partial<RequestSpec>, null);
        }}
      />
      {kind === "body" && (
        <JsonField
          field={{
            name: "body",
            title: texts.kinds.body,
            type: "json",
            required: false,
            help: texts.jsonHelp,
            placeholder: texts.jsonExample,
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
          title={commonText.fields}
          one={texts.field}
          values={objectOf(request[kind])}
          sources={sources}
          problemAt={(name) => problemAt(`${kind}/${name}`)}
          onChange={(values, at) => onChange({ [kind]: values }, at && `${kind}/${at}`)}
        />
      )}
      {(kind === "xml" || kind === "raw") && (
        <VariableInput
          label={kind === "xml" ? texts.kinds.xml : texts.text}
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

/** One input of a step, by the type that the connector gives it. Every one can hold a variable. */
import { Anchor, Select, Stack } from "@mantine/core";
import { useContext, useRef, useState } from "react";
import type { ActionField } from "../api/connectors.ts";
import type { Json } from "../api/json.ts";
import { commonText } from "../texts/common.ts";
import { variablesText } from "../texts/variables.tsx";
import { kindOf } from "./model/example.ts";
import { expressions } from "./model/template.ts";
import type { VariableSource } from "./model/variables.ts";
import { AccountContext, OfferedField } from "./OfferedField.tsx";
import { VariableInput } from "./VariableInput.tsx";

const texts = variablesText.field;

export const ADDITIONAL_FIELDS = "additionalFields";

interface StepFieldProps {
  field: ActionField;
  value: Json | undefined;
  sources: VariableSource[];
  problem: string | undefined;
  onChange: (value: Json | undefined) => void;
}

export function StepField(props: StepFieldProps) {
  const { field } = props;
  if (field.source) return <SourceField {...props} />;
  switch (field.type) {
    case "text":
    case "textarea":
    case "number":
      return <TextField {...props} />;
    case "boolean":
      return (
        <ChoiceField
          {...props}
          options={[
            { value: "true", label: commonText.yes },
            { value: "false", label: commonText.no },
          ]}
        />
      );
    case "enum":
      return <ChoiceField {...props} options={field.options ?? []} />;
    case "json":
      return <JsonField {...props} />;
    default:
      // A newer server may know more types: a text can hold any of them.
      return <TextField {...props} />;
  }
}

export function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function TextField({ field, value, sources, problem, onChange }: StepFieldProps) {
  return (
    <VariableInput
      label={field.title}
      required={field.required}
      description={field.help ?? null}
      placeholder={field.placeholder ?? null}
      error={problem ?? null}
      multiline={field.type === "textarea"}
      value={asText(value)}
      sources={sources}
      onChange={(text) =>
        onChange(field.type === "number" && /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text)
      }
    />
  );
}

type ChoiceFieldProps = StepFieldProps & { options: { value: string; label: string }[] };

function ChoiceField(props: ChoiceFieldProps) {
  const { field, value, options, problem, onChange } = props;
  const text = asText(value);
  const foreign = text !== "" && !options.some((option) => option.value === text);
  const [variable, setVariable] = useState(foreign);
  return (
    <Stack gap={2}>
      {variable || expressions(text).length > 0 ? (
        <TextField {...props} field={{ ...field, type: "text" }} />
      ) : (
        <Select
          label={field.title}
          withAsterisk={field.required}
          description={field.help}
          placeholder={field.placeholder ?? texts.notSet}
          clearable
          data={options}
          value={text === "" ? null : text}
          error={problem}
          onChange={(chosen) => {
            if (chosen === null) onChange(undefined);
            else onChange(field.type === "boolean" ? chosen === "true" : chosen);
          }}
        />
      )}
      <Anchor
        component="button"
        type="button"
        size="xs"
        w="fit-content"
        onClick={() => {
          onChange(undefined);
          setVariable(!variable);
        }}
      >
        {variable ? texts.chooseFromList : texts.useVariable}
      </Anchor>
    </Stack>
  );
}

/** Chosen from the preview user's account, or a text: without an account, and where it holds a variable. */
function SourceField(props: StepFieldProps) {
  const { field, value, problem, onChange } = props;
  const account = useContext(AccountContext);
  const [isText, setAsText] = useState(false);
  const text = asText(value);
  const hasVariable = expressions(text).length > 0;
  if (account && !isText && !hasVariable) {
    return (
      <OfferedField
        field={field}
        value={text}
        problem={problem}
        onChange={onChange}
        onText={() => setAsText(true)}
      />
    );
  }
  return (
    <Stack gap={2}>
      <TextField {...props} />
      {account && (
        <Anchor
          component="button"
          type="button"
          size="xs"
          w="fit-content"
          onClick={() => {
            if (hasVariable) onChange(undefined);
            setAsText(false);
          }}
        >
          {texts.chooseFromAccount}
        </Anchor>
      )}
    </Stack>
  );
}

/** JSON that is typed is kept as typed; the workflow gets its value, or the text while it is not JSON. */
export function JsonField({ field, value, sources, problem, onChange }: StepFieldProps) {
  const [text, setText] = useState(() =>
    typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value, null, 2),
  );
  const sent = useRef<Json | undefined>(value);
  // Undo and other windows change the value from outside: then the text follows.
  if (JSON.stringify(sent.current) !== JSON.stringify(value)) {
    sent.current = value;
    setText(typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value, null, 2));
  }
  const objectOnly = field.name === ADDITIONAL_FIELDS;
  const read = readJson(text, objectOnly);
  return (
    <VariableInput
      label={field.title}
      required={field.required}
      description={field.help ?? null}
      placeholder={field.placeholder ?? null}
      error={read.problem ?? problem ?? null}
      multiline
      mono
      jsonExample={exampleOf(field.placeholder)}
      value={text}
      sources={sources}
      onChange={(typed) => {
        setText(typed);
        const next = readJson(typed, objectOnly).value;
        sent.current = next;
        onChange(next);
      }}
    />
  );
}

/** What the connector gives as an example, where that is JSON. */
function exampleOf(placeholder: string | null | undefined): Json | undefined {
  const { value } = readJson(placeholder ?? "", false);
  return typeof value === "object" ? value : undefined;
}

export function readJson(
  text: string,
  objectOnly: boolean,
): { value: Json | undefined; problem: string | null } {
  const trimmed = text.trim();
  if (trimmed === "") return { value: undefined, problem: null };
  const [only] = expressions(trimmed);
  // A whole object out of a variable is as good as one that is written here.
  if (only && only.from === 0 && only.to === trimmed.length) return { value: trimmed, problem: null };
  let value: Json;
  try {
    value = JSON.parse(trimmed);
  } catch {
    return { value: text, problem: texts.notJson };
  }
  if (objectOnly && (typeof value !== "object" || value === null || Array.isArray(value))) {
    return { value: text, problem: texts.notAnObject(kindOf(value)) };
  }
  return { value, problem: null };
}

import { type ReactNode, useEffect, useRef, useState } from "react";
import type { SettingValue, SettingValues } from "../../../sdk/js/src/model";
import { FieldRow } from "./FieldRow";
import { type Field, isTyped, problem } from "./fields";
import { useText } from "./language";
import { OtherValues } from "./options";
import { messageOf } from "./trouble";

const TYPING_PAUSE_MS = 700;

interface Props {
  fields: Field[];
  /** What is stored. */
  values: SettingValues;
  /** Stores a change; resolves with what did not validate. */
  save: (update: SettingValues) => Promise<string[]>;
  /** Show what is missing, also in fields that were not touched. */
  showMissing?: boolean;
}

/** Settings that are saved as they are changed, each saying so. */
export function SettingsForm({ fields, values, save, showMissing = false }: Props): ReactNode {
  return (
    <OtherValues value={values}>
      <div className="form">
        {fields.map((field) => (
          <SavedField
            key={field.id}
            field={field}
            stored={values[field.id]}
            save={save}
            showMissing={showMissing}
          />
        ))}
      </div>
    </OtherValues>
  );
}

interface FieldProps {
  field: Field;
  stored: SettingValue | undefined;
  save: Props["save"];
  showMissing: boolean;
}

function SavedField({ field, stored, save, showMissing }: FieldProps): ReactNode {
  const text = useText();
  // What is being typed, until the server has it.
  const [draft, setDraft] = useState<{ value: SettingValue }>();
  const [status, setStatus] = useState<"saving" | "saved">();
  const [refusal, setRefusal] = useState<string>();
  const [touched, setTouched] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const pending = useRef<{ value: SettingValue }>(undefined);
  const value = draft ? draft.value : stored;

  const commit = (): void => {
    clearTimeout(timer.current);
    const next = pending.current;
    if (!next) return;
    pending.current = undefined;
    setTouched(true);
    if (problem(field, next.value, text)) return;
    setStatus("saving");
    setRefusal(undefined);
    const sent =
      field.kind === "text" && field.inputType === "number" && next.value !== ""
        ? Number(next.value)
        : next.value;
    save({ [field.id]: sent }).then(
      (errors) => {
        const [first] = errors;
        setStatus(first === undefined && !pending.current ? "saved" : undefined);
        setRefusal(first);
        // A password that is stored is not kept here either.
        if (field.kind === "secret" && first === undefined && !pending.current) setDraft(undefined);
      },
      (error: unknown) => {
        setStatus(undefined);
        setRefusal(messageOf(error, text));
      },
    );
  };
  const latest = useRef(commit);
  latest.current = commit;
  // Closing the portal must not lose what was just typed.
  useEffect(() => () => latest.current(), []);

  const change = (next: SettingValue): void => {
    setDraft({ value: next });
    setStatus(undefined);
    setRefusal(undefined);
    pending.current = { value: next };
    clearTimeout(timer.current);
    if (!isTyped(field)) commit();
    else timer.current = setTimeout(() => latest.current(), TYPING_PAUSE_MS);
  };

  const wrong = touched || showMissing ? problem(field, value, text) : undefined;
  return (
    <FieldRow
      field={field}
      value={value}
      status={status}
      error={wrong ?? refusal}
      onChange={change}
      onCommit={() => {
        if (field.required) setTouched(true);
        commit();
      }}
    />
  );
}

import { type FormEvent, type ReactNode, useState } from "react";
import type { SettingValues } from "../../../sdk/js/src/model";
import { Notice } from "./elements";
import { FieldRow } from "./FieldRow";
import { type Field, problem } from "./fields";
import { useText } from "./language";
import { messageOf } from "./trouble";
import type { View } from "./view";

interface Props {
  view: View;
  fields: Field[];
  /** On the button. */
  label?: string;
  submit: (values: SettingValues) => Promise<void>;
}

/** For accounts that are connected by a key or a password instead of a consent page. */
export function CredentialForm({ view, fields, label, submit }: Props): ReactNode {
  const text = useText();
  const [values, setValues] = useState<SettingValues>(() =>
    Object.fromEntries(fields.map(({ id, fallback }) => [id, fallback])),
  );
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (busy || fields.some((field) => problem(field, values[field.id], text))) return;
    setBusy(true);
    setTrouble(undefined);
    submit(values)
      .catch((error: unknown) => setTrouble(messageOf(error, text)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="form" onSubmit={onSubmit} noValidate>
      {fields.map((field) => (
        <FieldRow
          key={field.id}
          field={field}
          value={values[field.id]}
          error={tried ? problem(field, values[field.id], text) : undefined}
          onChange={(value) => setValues((all) => ({ ...all, [field.id]: value }))}
        />
      ))}
      {trouble && <Notice text={trouble} />}
      <button type="submit" className="button primary wide" aria-busy={busy}>
        {busy ? text.connecting : (label ?? text.connect(view.name))}
      </button>
    </form>
  );
}

import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import type { FieldOption, FieldOptions } from "../../../sdk/js/src/field-options";
import type { SettingValue, SettingValues } from "../../../sdk/js/src/model";
import type { Field } from "./fields";
import { messageOf } from "./trouble";

type Load = (
  source: string,
  parameters: SettingValues,
  cursor: string | null,
) => Promise<FieldOptions | undefined>;

/** Reads a page of a list in the account that is shown. */
export const LoadOptions = createContext<Load | undefined>(undefined);
/** The values of the settings beside this one, which a list may depend on. */
export const OtherValues = createContext<SettingValues>({});

interface Props {
  field: Field & { kind: "lookup" };
  value: SettingValue;
  common: { id: string; onBlur?: (() => void) | undefined };
  onChange: (value: SettingValue) => void;
}

/** A choice from a list in the customer's own account: loaded when it is shown, page by page. */
export function Lookup({ field, value, common, onChange }: Props): ReactNode {
  const load = useContext(LoadOptions);
  const others = useContext(OtherValues);
  const [entries, setEntries] = useState<FieldOption[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const [trouble, setTrouble] = useState<string>();
  const missing = field.dependsOn.find((name) => (others[name] ?? "") === "");
  const parameters = JSON.stringify(Object.fromEntries(field.dependsOn.map((name) => [name, others[name]])));

  const read = useCallback(
    async (cursor: string | null): Promise<void> => {
      if (!load || missing !== undefined) return;
      setBusy(true);
      setTrouble(undefined);
      try {
        const page = await load(field.source, JSON.parse(parameters) as SettingValues, cursor);
        const data = Array.isArray(page?.data) ? page.data : [];
        setEntries((before) => (cursor === null ? data : [...before, ...data]));
        setNext(page?.nextPageCursor ?? null);
      } catch (error) {
        setTrouble(messageOf(error));
      } finally {
        setBusy(false);
      }
    },
    [load, missing, field.source, parameters],
  );
  useEffect(() => void read(null), [read]);

  const chosen = String(value);
  const known = entries.some((entry) => entry.value === chosen);
  if (missing !== undefined) return <p className="muted">Choose the setting it depends on first.</p>;
  return (
    <>
      <select
        {...common}
        className="input"
        disabled={field.readOnly || (busy && entries.length === 0)}
        aria-busy={busy}
        value={chosen}
        onChange={(event) => onChange(event.target.value)}
      >
        {(chosen === "" || !field.required) && (
          <option value="">
            {busy && entries.length === 0 ? "Loading…" : field.placeholder || "Choose…"}
          </option>
        )}
        {chosen !== "" && !known && <option value={chosen}>{chosen}</option>}
        {entries.map((entry) => (
          <option key={entry.value} value={entry.value}>
            {entry.subtitle && entry.subtitle !== entry.label
              ? `${entry.label} (${entry.subtitle})`
              : entry.label}
          </option>
        ))}
      </select>
      {next !== null && !trouble && (
        <button type="button" className="link" disabled={busy} onClick={() => void read(next)}>
          Show more
        </button>
      )}
      {trouble && (
        <p className="error" role="alert">
          {trouble}{" "}
          <button type="button" className="link" onClick={() => void read(entries.length > 0 ? next : null)}>
            Try again
          </button>
        </p>
      )}
    </>
  );
}

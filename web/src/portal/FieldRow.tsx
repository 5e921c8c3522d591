import { type ReactNode, useId } from "react";
import type { SettingValue } from "../../../sdk/js/src/model";
import { CheckIcon, Switch } from "./elements";
import type { Field } from "./fields";
import { Lookup } from "./Lookup";

interface Props {
  field: Field;
  value: SettingValue | undefined;
  error?: string | undefined;
  status?: "saving" | "saved" | undefined;
  onChange: (value: SettingValue) => void;
  /** The user is done with it. */
  onCommit?: () => void;
}

/** A field with its label, hint, state and error. */
export function FieldRow({ field, value, error, status, onChange, onCommit }: Props): ReactNode {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const described = [field.hint ? hintId : "", error ? errorId : ""].filter(Boolean).join(" ") || undefined;
  const shown = value ?? field.fallback ?? "";
  const common = {
    id,
    "aria-describedby": described,
    "aria-invalid": error ? true : undefined,
    onBlur: onCommit,
  };

  return (
    <div className={field.kind === "switch" ? "field inline" : "field"}>
      <div className="label-line">
        <label htmlFor={id}>{field.title}</label>
        {!field.required && field.kind !== "switch" && field.kind !== "unsupported" && (
          <span className="muted optional">optional</span>
        )}
        <span className="save-state" role="status">
          {status === "saving" && <span className="muted">Saving…</span>}
          {status === "saved" && (
            <span className="saved">
              <CheckIcon /> Saved
            </span>
          )}
        </span>
      </div>
      {field.kind === "text" && (
        <input
          {...common}
          className="input"
          type={field.inputType === "number" ? "text" : field.inputType}
          inputMode={field.inputType === "number" ? "decimal" : undefined}
          autoComplete={field.inputType === "password" ? "off" : undefined}
          placeholder={field.placeholder}
          readOnly={field.readOnly}
          value={String(shown)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {field.kind === "area" && (
        <textarea
          {...common}
          className="input"
          rows={3}
          placeholder={field.placeholder}
          readOnly={field.readOnly}
          value={String(shown)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {field.kind === "choice" && (
        <select
          {...common}
          className="input"
          disabled={field.readOnly}
          value={String(shown)}
          onChange={(event) => onChange(event.target.value)}
        >
          {(shown === "" || !field.required) && <option value="">{field.placeholder || "Choose…"}</option>}
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
      {field.kind === "lookup" && <Lookup field={field} value={shown} common={common} onChange={onChange} />}
      {field.kind === "switch" && (
        <Switch
          id={id}
          describedBy={described}
          checked={shown === true || shown === "true"}
          disabled={field.readOnly}
          onChange={onChange}
        />
      )}
      {field.kind === "unsupported" && <p className="muted">This setting cannot be changed here yet.</p>}
      {field.hint && (
        <p id={hintId} className="muted hint">
          {field.hint}
        </p>
      )}
      {field.link && (
        <a className="hint" href={field.link.href} target="_blank" rel="noopener noreferrer">
          {field.link.label}
        </a>
      )}
      {error && (
        <p id={errorId} className="error">
          {error}
        </p>
      )}
    </div>
  );
}

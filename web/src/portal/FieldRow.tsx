import { type ReactNode, useContext, useId } from "react";
import type { SettingValue } from "../../../sdk/js/src/model";
import { CheckIcon, ProviderName, Switch } from "./elements";
import { FieldMapping } from "./FieldMapping";
import type { Field } from "./fields";
import { Copyable, FileInput, Permissions, Secret } from "./inputs";
import { useText } from "./language";
import { Combo, type Control, Lookup } from "./lists";

interface Props {
  field: Field;
  value: SettingValue | undefined;
  error?: string | undefined;
  status?: "saving" | "saved" | undefined;
  onChange: (value: SettingValue) => void;
  /** The user is done with it. */
  onCommit?: () => void;
}

/** Of several controls, which are named together. */
const GROUPS: readonly Field["kind"][] = ["combo", "mapper", "permission"];

/** A field with its label, hint, state and error. */
export function FieldRow({ field, value, error, status, onChange, onCommit }: Props): ReactNode {
  const text = useText();
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const described = [field.hint ? hintId : "", error ? errorId : ""].filter(Boolean).join(" ") || undefined;
  const group = GROUPS.includes(field.kind);
  const control: Control = {
    id,
    describedBy: described,
    invalid: error ? true : undefined,
    onBlur: onCommit,
  };
  const optional = !field.required && !["switch", "unsupported", "copy"].includes(field.kind);

  return (
    <div
      className={field.kind === "switch" ? "field inline" : "field"}
      {...(group ? { role: "group", "aria-labelledby": `${id}-title`, "aria-describedby": described } : {})}
    >
      <div className="label-line">
        {group || field.kind === "unsupported" ? (
          <span id={`${id}-title`}>{field.title}</span>
        ) : (
          <label htmlFor={id}>{field.title}</label>
        )}
        {optional && <span className="muted optional">{text.optional}</span>}
        <span className="save-state" role="status">
          {status === "saving" && <span className="muted">{text.saving}</span>}
          {status === "saved" && (
            <span className="saved">
              <CheckIcon /> {text.saved}
            </span>
          )}
        </span>
      </div>
      <FieldControl
        field={field}
        value={value ?? field.fallback ?? ""}
        control={control}
        onChange={onChange}
      />
      {field.hint && (
        <p id={hintId} className="muted hint">
          {field.hint}
        </p>
      )}
      {field.link && (
        <a className="hint" href={field.link.href} target="_blank" rel="noopener noreferrer">
          {field.link.label || text.help}
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

interface ControlProps {
  field: Field;
  value: SettingValue;
  control: Control;
  onChange: (value: SettingValue) => void;
}

function FieldControl({ field, value, control, onChange }: ControlProps): ReactNode {
  const text = useText();
  const provider = useContext(ProviderName);
  const { id, describedBy } = control;
  const native = {
    id,
    className: "input",
    "aria-describedby": describedBy,
    "aria-invalid": control.invalid,
    onBlur: control.onBlur,
  };
  switch (field.kind) {
    case "text":
      return (
        <input
          {...native}
          type={field.inputType === "number" ? "text" : field.inputType}
          inputMode={field.inputType === "number" ? "decimal" : undefined}
          placeholder={field.placeholder}
          readOnly={field.readOnly}
          value={scalar(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "area":
      return (
        <textarea
          {...native}
          rows={3}
          placeholder={field.placeholder}
          readOnly={field.readOnly}
          value={scalar(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choice":
      return (
        <select
          {...native}
          disabled={field.readOnly}
          value={scalar(value)}
          onChange={(event) => onChange(event.target.value)}
        >
          {(value === "" || !field.required) && <option value="">{field.placeholder || text.choose}</option>}
          {value !== "" && !field.options.some((option) => option.value === value) && (
            <option value={scalar(value)}>{scalar(value)}</option>
          )}
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      );
    case "switch":
      return (
        <Switch
          id={id}
          describedBy={describedBy}
          checked={value === true || value === "true"}
          disabled={field.readOnly}
          onChange={onChange}
        />
      );
    case "secret":
      return <Secret field={field} value={value} control={control} onChange={onChange} />;
    case "lookup":
      return <Lookup field={field} value={value} control={control} onChange={onChange} />;
    case "combo":
      return <Combo field={field} value={value} control={control} onChange={onChange} />;
    case "mapper":
      return (
        <FieldMapping field={field} value={value} control={control} provider={provider} onChange={onChange} />
      );
    case "permission":
      return <Permissions field={field} value={value} control={control} onChange={onChange} />;
    case "file":
      return <FileInput field={field} value={value} control={control} onChange={onChange} />;
    case "copy":
      return <Copyable field={field} value={value} control={control} />;
    case "unsupported":
      return <p className="muted">{text.unknownKind}</p>;
    default:
      return field satisfies never;
  }
}

/** What was stored under another type of setting must not break this one. */
function scalar(value: SettingValue): string {
  return value === null || typeof value === "object" ? "" : String(value);
}

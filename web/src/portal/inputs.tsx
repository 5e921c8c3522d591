/** The fields that are more than one native control, and no list. */
import { type ReactNode, useRef, useState } from "react";
import type { SettingValue } from "../../../sdk/js/src/model";
import { CheckIcon } from "./elements";
import { type Field, STORED_SECRET, string } from "./fields";
import { useText } from "./language";
import type { Control } from "./lists";

/** The largest file whose content is stored. */
const MOST_FILE_BYTES = 128 * 1024;

interface Props<F extends Field> {
  field: F;
  value: SettingValue;
  control: Control;
  onChange: (value: SettingValue) => void;
}

/** A password: typed, stored, and never shown again. */
export function Secret({ field, value, control, onChange }: Props<Field & { kind: "secret" }>): ReactNode {
  const text = useText();
  const [replacing, setReplacing] = useState(false);
  if (value === STORED_SECRET && !replacing) {
    return (
      <div className="stored">
        <span className="muted">{text.secretStored}</span>
        {!field.readOnly && (
          <button
            type="button"
            id={control.id}
            className="button small"
            aria-label={`${text.replace}: ${field.title}`}
            onClick={() => setReplacing(true)}
          >
            {text.replace}
          </button>
        )}
      </div>
    );
  }
  return (
    <div className="stored">
      <input
        id={control.id}
        className="input"
        type="password"
        // biome-ignore lint/a11y/noAutofocus: it was just asked for
        autoFocus={replacing}
        autoComplete="off"
        aria-describedby={control.describedBy}
        aria-invalid={control.invalid}
        placeholder={field.placeholder}
        readOnly={field.readOnly}
        value={value === STORED_SECRET ? "" : string(value)}
        onChange={(event) => {
          setReplacing(true);
          onChange(event.target.value === "" && replacing ? STORED_SECRET : event.target.value);
        }}
        onBlur={() => {
          control.onBlur?.();
          setReplacing(false);
        }}
      />
      {replacing && value === STORED_SECRET && (
        <button
          type="button"
          className="link"
          // Leaving the field would take the button away before it is pressed.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => setReplacing(false)}
        >
          {text.keep}
        </button>
      )}
    </div>
  );
}

/** A file, of which the text is stored. */
export function FileInput({ field, value, control, onChange }: Props<Field & { kind: "file" }>): ReactNode {
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<string>();
  const [name, setName] = useState("");
  const stored = string(value);
  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setTrouble(undefined);
    if (file.size > MOST_FILE_BYTES) {
      setTrouble(text.fileTooLarge(size(MOST_FILE_BYTES)));
      return;
    }
    try {
      const content = await textOf(file);
      setName(file.name);
      onChange(content);
    } catch {
      setTrouble(text.fileUnreadable);
    }
  };
  return (
    <>
      <div className="stored">
        <label className={field.readOnly ? "button small disabled" : "button small"}>
          <input
            ref={input}
            id={control.id}
            className="file"
            type="file"
            aria-label={field.title}
            aria-describedby={control.describedBy}
            aria-invalid={control.invalid}
            disabled={field.readOnly}
            onChange={(event) => {
              void read(event.target.files?.[0]);
              // The same file, changed meanwhile, can be chosen again.
              event.target.value = "";
            }}
          />
          {text.chooseFile}
        </label>
        <span className="muted ellipsis">
          {stored !== "" &&
            (name === "" ? text.fileStored(size(stored.length)) : `${name} (${size(stored.length)})`)}
        </span>
        {stored !== "" && !field.readOnly && (
          <button
            type="button"
            className="link"
            onClick={() => {
              setName("");
              onChange("");
            }}
          >
            {text.remove}
          </button>
        )}
      </div>
      {trouble && (
        <p className="error" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}

function textOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsText(file);
  });
}

function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${Math.ceil(bytes / 1024)} KB`;
}

/** Something to be pasted elsewhere. */
export function Copyable({
  field,
  value,
  control,
}: Omit<Props<Field & { kind: "copy" }>, "onChange">): ReactNode {
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const content = string(value) || field.text;
  const copy = (): void => {
    const done = (): void => setCopied(true);
    // A frame may have been given no clipboard: then what is selected can still be copied.
    const byHand = (): void => {
      input.current?.select();
      if (document.execCommand?.("copy")) done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(content).then(done, byHand);
    else byHand();
  };
  return (
    <div className="stored">
      <input
        ref={input}
        id={control.id}
        className="input mono"
        aria-describedby={control.describedBy}
        readOnly
        value={content}
        onFocus={(event) => event.target.select()}
      />
      <button type="button" className="button small" onClick={copy} onBlur={() => setCopied(false)}>
        {copied && <CheckIcon />} <span aria-live="polite">{copied ? text.copied : text.copy}</span>
      </button>
    </div>
  );
}

/** What the account is asked to allow; some of it always. Stored as one text. */
export function Permissions({
  field,
  value,
  control,
  onChange,
}: Props<Field & { kind: "permission" }>): ReactNode {
  const text = useText();
  const chosen = new Set(string(value).split(/\s+/).filter(Boolean));
  for (const scope of field.scopes) if (scope.required) chosen.add(scope.name);
  return (
    <ul className="scopes" id={control.id}>
      {field.scopes.map((scope) => (
        <li key={scope.name}>
          <label>
            <input
              type="checkbox"
              checked={chosen.has(scope.name)}
              disabled={scope.required || field.readOnly}
              onChange={(event) => {
                const next = field.scopes.filter(({ name }) =>
                  name === scope.name ? event.target.checked : chosen.has(name),
                );
                onChange(next.map(({ name }) => name).join(" "));
              }}
            />
            <span>
              {scope.label}
              {scope.required && <span className="muted"> · {text.required}</span>}
              {scope.description && <span className="muted block">{scope.description}</span>}
            </span>
          </label>
        </li>
      ))}
    </ul>
  );
}

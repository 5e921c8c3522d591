import { type ReactNode, useId, useRef, useState } from "react";
import type { SettingValue } from "../../../sdk/js/src/model";
import { isRecord } from "../../../sdk/js/src/protocol";
import { CloseIcon } from "./elements";
import { type Field, mappingsOf, type Source, string } from "./fields";
import { useText } from "./language";
import { type Control, SourcePicker } from "./lists";

interface Props {
  field: Field & { kind: "mapper" };
  value: SettingValue;
  control: Control;
  /** The provider's name, over its column. */
  provider: string;
  onChange: (value: SettingValue) => void;
}

/** Which field of the application goes to which field of the customer's records. */
export function FieldMapping({ field, value, control, provider, onChange }: Props): ReactNode {
  const text = useText();
  const id = useId();
  const { mapper } = field;
  const stored: Record<string, unknown> = isRecord(value) ? value : {};
  const object = string(stored.objectMapping);
  const mapped = mappingsOf(value);
  const created = (Array.isArray(stored.userCreatedFields) ? stored.userCreatedFields : []).filter(
    (each): each is string => typeof each === "string" && each !== "",
  );
  // Rows that were taken away are not in the stored value; those that were added are, once they are mapped.
  const [removed, setRemoved] = useState<string[]>([]);
  const [added, setAdded] = useState<string[]>([]);
  const labels = new Map(mapper.own.map((own) => [own.value, own.label]));
  const gone = new Set([...removed, ...(Array.isArray(stored.removedFields) ? stored.removedFields : [])]);
  const rows = [...new Set([...mapper.shown, ...Object.keys(mapped), ...created, ...added])].filter(
    (row) => !gone.has(row) || added.includes(row),
  );
  const hidden = mapper.own.filter((own) => !rows.includes(own.value));

  const save = (change: {
    object?: string;
    mapped?: Record<string, string>;
    created?: string[];
    gone?: string[];
  }): void => {
    const pairs = change.mapped ?? mapped;
    const base = { objectMapping: change.object ?? object };
    if (!mapper.dynamic) {
      onChange({ ...base, fieldMappings: pairs, mappingType: "STATIC" });
      return;
    }
    const made = change.created ?? created;
    onChange({
      ...base,
      dynamicMappings: Object.fromEntries(
        Object.entries(pairs).map(([applicationField, integrationField]) => [
          applicationField,
          { applicationField, integrationField },
        ]),
      ),
      userCreatedFields: made,
      removedFields: change.gone ?? [...gone],
      mappingType: "DYNAMIC",
    });
  };

  return (
    <div className="parts" id={control.id}>
      {mapper.record && (
        <div className="part">
          <label className="muted" htmlFor={`${id}-object`}>
            {text.record}
          </label>
          <SourcePicker
            source={mapper.record}
            parameters={{}}
            control={{ ...control, id: `${id}-object` }}
            title={text.record}
            value={object}
            readOnly={field.readOnly}
            clearable={!field.required}
            // Fields belong to their kind of record.
            onChange={(next) => save({ object: next, mapped: {} })}
          />
        </div>
      )}
      {mapper.record && object === "" ? (
        <p className="muted hint">{text.chooseFirst(text.record)}</p>
      ) : (
        <div className="mapping">
          <span className="muted column">{text.yourFields}</span>
          <span className="muted column">{text.theirFields(provider)}</span>
          {rows.map((row) => {
            const label = labels.get(row) ?? row;
            return (
              <div className="mapping-row" key={row}>
                <span className="mapping-own">{label}</span>
                <SourcePicker
                  source={mapper.fields}
                  parameters={parameters(mapper.fields, object)}
                  control={{ ...control, id: `${id}-${row}` }}
                  label={`${label}: ${text.theirFields(provider)}`}
                  title={label}
                  value={mapped[row] ?? ""}
                  readOnly={field.readOnly}
                  clearable
                  onChange={(next) => {
                    const { [row]: _, ...rest } = mapped;
                    save({ mapped: next === "" ? rest : { ...rest, [row]: next } });
                  }}
                />
                {(mapper.removable || created.includes(row)) && !field.readOnly && (
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={text.removeField(label)}
                    onClick={() => {
                      const { [row]: _, ...rest } = mapped;
                      const isOwn = labels.has(row);
                      setAdded(added.filter((each) => each !== row));
                      if (isOwn) setRemoved([...removed, row]);
                      save({
                        mapped: rest,
                        created: created.filter((each) => each !== row),
                        gone: isOwn ? [...gone, row] : [...gone],
                      });
                    }}
                  >
                    <CloseIcon />
                  </button>
                )}
              </div>
            );
          })}
        </div>
      )}
      {!field.readOnly && (!mapper.record || object !== "") && (
        <div className="mapping-more">
          {hidden.length > 0 && mapper.dynamic && (
            <select
              className="input"
              aria-label={text.addField}
              value=""
              onChange={(event) => {
                const name = event.target.value;
                setAdded([...added, name]);
                setRemoved(removed.filter((each) => each !== name));
                if (gone.has(name)) save({ gone: [...gone].filter((each) => each !== name) as string[] });
              }}
            >
              <option value="">{text.addField}</option>
              {hidden.map((own) => (
                <option key={own.value} value={own.value}>
                  {own.label}
                </option>
              ))}
            </select>
          )}
          {mapper.creatable && (
            <NewField
              taken={rows}
              create={(name) => {
                setAdded([...added, name]);
                save({ created: [...created, name] });
              }}
            />
          )}
        </div>
      )}
    </div>
  );
}

function parameters(source: Source, object: string): Record<string, string> {
  if (source.from === "mapping") return { objectType: object };
  const [name] = source.from === "provider" ? source.dependsOn : [];
  return name === undefined || object === "" ? {} : { [name]: object };
}

/** A field that only this customer has. */
function NewField({ taken, create }: { taken: string[]; create: (name: string) => void }): ReactNode {
  const text = useText();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const opener = useRef<HTMLButtonElement>(null);
  const good = name.trim() !== "" && !taken.includes(name.trim());
  const done = (): void => {
    if (!good) return;
    create(name.trim());
    setName("");
    setOpen(false);
  };
  if (!open) {
    return (
      <button ref={opener} type="button" className="button small" onClick={() => setOpen(true)}>
        {text.createField}
      </button>
    );
  }
  return (
    <div className="new-field">
      <label htmlFor={id} className="muted">
        {text.newField}
      </label>
      <input
        id={id}
        className="input"
        // biome-ignore lint/a11y/noAutofocus: it was just asked for
        autoFocus
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            done();
          } else if (event.key === "Escape") {
            event.preventDefault();
            setOpen(false);
          }
        }}
      />
      <button type="button" className="button small" disabled={!good} onClick={done}>
        {text.create}
      </button>
    </div>
  );
}

/** Fields whose choices are read from somewhere: one list, or lists that depend on each other. */
import { type ReactNode, useCallback, useContext, useId } from "react";
import type { SettingValue, SettingValues } from "../../../sdk/js/src/model";
import { isRecord } from "../../../sdk/js/src/protocol";
import { type Field, type Source, string } from "./fields";
import { useText } from "./language";
import { LoadOptions, OtherValues } from "./options";
import { Picker } from "./Picker";

export interface Control {
  id: string;
  describedBy: string | undefined;
  invalid: boolean | undefined;
  onBlur: (() => void) | undefined;
}

interface SourceProps {
  source: Source;
  /** Values for what the list depends on. */
  parameters: SettingValues;
  control: Control;
  label?: string | undefined;
  title: string;
  value: string;
  placeholder?: string | undefined;
  readOnly: boolean;
  clearable: boolean;
  onChange: (value: string) => void;
}

/** A picker over one source. */
export function SourcePicker(props: SourceProps): ReactNode {
  const { source, control } = props;
  const read = useContext(LoadOptions);
  const key = JSON.stringify([source, props.parameters]);
  const load = useCallback(
    (cursor: string | null, search: string) => {
      const [asked, parameters] = JSON.parse(key) as [Source, SettingValues];
      return read ? read(asked, parameters, cursor, search) : Promise.resolve({ entries: [], next: null });
    },
    [read, key],
  );
  return (
    <Picker
      id={control.id}
      label={props.label}
      title={props.title}
      describedBy={control.describedBy}
      invalid={control.invalid}
      value={props.value}
      placeholder={props.placeholder}
      disabled={props.readOnly}
      clearable={props.clearable}
      load={load}
      onChange={props.onChange}
      onBlur={control.onBlur}
    />
  );
}

interface Props<F extends Field> {
  field: F;
  value: SettingValue;
  control: Control;
  onChange: (value: SettingValue) => void;
}

/** A choice from one list in the customer's account, or of the host's. */
export function Lookup({ field, value, control, onChange }: Props<Field & { kind: "lookup" }>): ReactNode {
  const text = useText();
  const others = useContext(OtherValues);
  const { source } = field;
  const dependsOn = source.from === "provider" ? source.dependsOn : [];
  if (dependsOn.some((name) => (others[name] ?? "") === "")) {
    return <p className="muted">{text.chooseOtherFirst}</p>;
  }
  return (
    <SourcePicker
      source={source}
      parameters={Object.fromEntries(dependsOn.map((name) => [name, others[name]]))}
      control={control}
      title={field.title}
      value={string(value)}
      placeholder={field.placeholder}
      readOnly={field.readOnly}
      clearable={!field.required}
      onChange={onChange}
    />
  );
}

/** Two lists, the second of which depends on the first, and perhaps a third of several. */
export function Combo({ field, value, control, onChange }: Props<Field & { kind: "combo" }>): ReactNode {
  const text = useText();
  const id = useId();
  const chosen: Record<string, unknown> = isRecord(value) ? value : {};
  const main = string(chosen.mainInput);
  const titleOf = (source: Source): string => (source.from === "provider" && source.title) || field.title;
  const part = (
    source: Source,
    name: "mainInput" | "dependentInput" | "variableInput",
    parameters: SettingValues,
  ): ReactNode => (
    // The label is beside the picker, not around it: a click in its list is no click on the label.
    <div className="part">
      <label className="muted" htmlFor={`${id}-${name}`}>
        {titleOf(source)}
      </label>
      <SourcePicker
        source={source}
        parameters={parameters}
        control={{ ...control, id: `${id}-${name}` }}
        title={titleOf(source)}
        value={string(chosen[name])}
        readOnly={field.readOnly}
        clearable={!field.required || name === "variableInput"}
        onChange={(next) =>
          // What was chosen from the later lists belongs to the former choice.
          onChange({
            ...(name === "mainInput" ? {} : { mainInput: chosen.mainInput }),
            ...(name === "variableInput" ? { dependentInput: chosen.dependentInput } : {}),
            [name]: next,
          })
        }
      />
    </div>
  );
  const given = (source: Source, values: string[]): SettingValues =>
    source.from === "provider"
      ? Object.fromEntries(source.dependsOn.map((name, index) => [name, values[index] ?? ""]))
      : {};
  return (
    <div className="parts" id={control.id}>
      {part(field.main, "mainInput", {})}
      {main === "" ? (
        <p className="muted hint">{text.chooseFirst(titleOf(field.main))}</p>
      ) : (
        part(field.dependent, "dependentInput", given(field.dependent, [main]))
      )}
      {field.variable &&
        main !== "" &&
        string(chosen.dependentInput) !== "" &&
        part(field.variable, "variableInput", given(field.variable, [main, string(chosen.dependentInput)]))}
    </div>
  );
}

/** The types of settings that customers can be asked for, in words. */
import type { Connector, SettingSource } from "../../api/connectors.ts";
import type { SettingInput } from "../../api/integrations.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";

const { types } = integrationsText.settings;

interface SettingType {
  type: string;
  label: string;
  /** Chooses from what the connector can list. */
  source?: SettingSource["kind"];
}

export const SETTING_TYPES: readonly SettingType[] = [
  { type: "TEXT_NO_VARS", label: types.text },
  { type: "TEXTAREA_NO_VARS", label: types.longText },
  { type: "NUMBER", label: types.number },
  { type: "EMAIL", label: types.email },
  { type: "URL", label: types.url },
  { type: "PASSWORD", label: commonText.password },
  { type: "SWITCH", label: types.switch },
  { type: "ENUM", label: types.choice },
  { type: "CUSTOM_DROPDOWN", label: types.appChoice },
  { type: "DYNAMIC_ENUM", label: types.accountChoice, source: "list" },
  { type: "COMBO_INPUT", label: types.twoChoices, source: "combination" },
  { type: "DYNAMIC_COMBO_INPUT", label: types.choices, source: "dynamicCombination" },
  { type: "FIELD_MAPPER", label: types.fieldMapping, source: "fieldMapping" },
  { type: "FILE", label: commonText.file },
  { type: "COPYABLE_BUTTON_INPUT", label: types.copyable },
  { type: "PERMISSION", label: commonText.permissions },
];

export function typeOf(setting: SettingInput): SettingType | undefined {
  const type = setting.type === "BOOLEAN_INPUT" ? "SWITCH" : setting.type;
  return SETTING_TYPES.find((each) => each.type === type);
}

/** The types that this connector can offer. */
export function typesFor(connector: Connector | undefined): readonly SettingType[] {
  return SETTING_TYPES.filter(
    ({ source }) => source === undefined || sourcesFor(connector, source).length > 0,
  );
}

export function sourcesFor(
  connector: Connector | undefined,
  kind: SettingSource["kind"] | undefined,
): SettingSource[] {
  return (connector?.settingSources ?? []).filter((source) => source.kind === kind);
}

/** A name that templates can use, made of the title, that no other setting has. */
export function idFor(title: string, taken: readonly string[]): string {
  const words = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const base = /^[a-z]/.test(words) ? words : `setting_${words}`.replace(/_+$/, "");
  if (!taken.includes(base)) return base;
  let count = 2;
  while (taken.includes(`${base}_${count}`)) count += 1;
  return `${base}_${count}`;
}

/** Lines "value | label", as a choice's entries are written in the form. */
export function linesOf(values: unknown): string {
  if (!Array.isArray(values)) return "";
  return values
    .map((entry) => {
      if (typeof entry !== "object" || entry === null) return String(entry);
      const { value, label } = entry as { value?: unknown; label?: unknown };
      return value === label || label === undefined ? String(value) : `${value} | ${label}`;
    })
    .join("\n");
}

export function entriesOf(lines: string): { value: string; label: string }[] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [value = "", label = ""] = line.split("|").map((part) => part.trim());
      return { value, label: label || value };
    });
}

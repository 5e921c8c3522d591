/** The portal's fields: inputs as the server sends them, turned into what the screen can show. Everything is foreign. */
import type { Input, SettingValue, SettingValues } from "../../../sdk/js/src/model";
import { isRecord } from "../../../sdk/js/src/protocol";
import type { Messages } from "./messages";

export interface Option {
  value: string;
  label: string;
}

/** Where a list of choices comes from. */
export type Source =
  /** From the customer's account; `dependsOn` names what must be chosen before. */
  | { from: "provider"; key: string; title: string; dependsOn: string[] }
  /** From the host application's own code, by the key it gave. */
  | { from: "host"; key: string }
  /** From the host application's field-mapping loader. */
  | { from: "mapping"; key: string; what: "objectTypes" | "integrationFields" };

interface Common {
  id: string;
  title: string;
  hint: string;
  placeholder: string;
  required: boolean;
  readOnly: boolean;
  fallback: SettingValue | undefined;
  link: { href: string; label: string } | undefined;
}

export interface Scope {
  name: string;
  label: string;
  description: string;
  required: boolean;
}

export interface Mapper {
  /** Kinds of records; nothing where the fields belong to one kind. */
  record: Source | undefined;
  fields: Source;
  /** The application's fields. */
  own: Option[];
  /** Which of them are shown to begin with. */
  shown: string[];
  dynamic: boolean;
  removable: boolean;
  creatable: boolean;
}

export type Field =
  | (Common & { kind: "text"; inputType: "text" | "email" | "url" | "number" })
  | (Common & { kind: "secret" })
  | (Common & { kind: "file" })
  | (Common & { kind: "area" | "switch" | "unsupported" })
  | (Common & { kind: "copy"; text: string })
  | (Common & { kind: "choice"; options: Option[] })
  | (Common & { kind: "lookup"; source: Source })
  | (Common & { kind: "combo"; main: Source; dependent: Source; variable: Source | undefined })
  | (Common & { kind: "mapper"; mapper: Mapper })
  | (Common & { kind: "permission"; scopes: Scope[] });

/** What stands for a stored password: the server never sends it back. Sent back, it means "as it is". */
export const STORED_SECRET = "••••••••";

/** What the inputs refer to. */
export interface Around {
  dataSources: unknown;
  /** The host's fields for dynamic mappings, by object name. */
  mapObjectFields: unknown;
}

export function toFields(inputs: readonly unknown[], around: Around): Field[] {
  return inputs
    .filter(
      (input): input is Input => isRecord(input) && typeof input.id === "string" && input.hidden !== true,
    )
    .map((input) => toField(input, around));
}

function toField(input: Input, around: Around): Field {
  const common: Common = {
    id: input.id,
    title: string(input.title) || input.id,
    hint: [string(input.subtitle), string(input.tooltip)].filter(Boolean).join(" "),
    placeholder: string(input.placeholder),
    required: input.required !== false,
    readOnly: input.readOnly === true,
    fallback: input.defaultValue,
    link: link(input),
  };
  const unsupported: Field = { ...common, kind: "unsupported", required: false };
  switch (input.type) {
    case "TEXT_NO_VARS":
    case "TEXT":
      return { ...common, kind: "text", inputType: "text" };
    case "EMAIL":
      return { ...common, kind: "text", inputType: "email" };
    case "URL":
      return { ...common, kind: "text", inputType: "url" };
    case "NUMBER":
      return { ...common, kind: "text", inputType: "number" };
    case "PASSWORD":
      return { ...common, kind: "secret", fallback: undefined };
    case "TEXTAREA_NO_VARS":
    case "TEXTAREA":
      return { ...common, kind: "area" };
    case "BOOLEAN_INPUT":
    case "SWITCH":
      return { ...common, kind: "switch", required: false };
    case "FILE":
      return { ...common, kind: "file" };
    case "COPYABLE_BUTTON_INPUT":
      return { ...common, kind: "copy", required: false, text: string(input.defaultValue) };
    case "ENUM":
      return { ...common, kind: "choice", options: options(input, around) };
    case "CUSTOM_DROPDOWN":
      // The known SDK marks what its page loads by code, and leaves the options empty.
      return input.refreshOnOpen === undefined
        ? { ...common, kind: "choice", options: options(input, around) }
        : { ...common, kind: "lookup", source: { from: "host", key: string(input.key) || input.id } };
    case "DYNAMIC_ENUM": {
      const source = provider(sourceOf(input, around), string(input.sourceType));
      return source ? { ...common, kind: "lookup", source } : unsupported;
    }
    case "COMBO_INPUT":
    case "DYNAMIC_COMBO_INPUT": {
      const source = sourceOf(input, around);
      const main = provider(source?.mainInputSource);
      const dependent = provider(source?.dependentInputSource);
      const variable = provider(source?.variableInputSource);
      return main && dependent ? { ...common, kind: "combo", main, dependent, variable } : unsupported;
    }
    case "FIELD_MAPPER": {
      const mapper = mapperOf(input, around);
      return mapper ? { ...common, kind: "mapper", mapper } : unsupported;
    }
    case "PERMISSION":
      return { ...common, kind: "permission", scopes: scopesOf(input) };
    default:
      return unsupported;
  }
}

function sourceOf(input: Input, { dataSources }: Around): Record<string, unknown> | undefined {
  const source =
    isRecord(dataSources) && input.sourceType !== undefined ? dataSources[input.sourceType] : undefined;
  return isRecord(source) ? source : undefined;
}

function provider(source: unknown, name = ""): Source | undefined {
  if (!isRecord(source) || source.type !== "DYNAMIC_DATA_SOURCE") return undefined;
  const dependsOn = Array.isArray(source.refreshDependencies) ? source.refreshDependencies : [];
  return {
    from: "provider",
    key: string(source.cacheKey) || name,
    title: string(source.title),
    dependsOn: dependsOn.filter((each): each is string => typeof each === "string"),
  };
}

function mapperOf(input: Input, around: Around): Mapper | undefined {
  const source = sourceOf(input, around);
  const dynamic = input.useDynamicMapper === true;
  const name = string(input.dynamicObjectName);
  const fromHost = dynamic && isRecord(around.mapObjectFields) ? around.mapObjectFields[name] : undefined;
  const own = fromHost ?? input.dynamicObjectOptions;
  const config: Record<string, unknown> = isRecord(own) && !Array.isArray(own) ? own : {};
  const byHost = config.useBYOFieldMappingOption === true;
  const fields: Source | undefined = byHost
    ? { from: "mapping", key: name, what: "integrationFields" }
    : provider(source?.fieldSource);
  const record: Source | undefined = byHost
    ? { from: "mapping", key: name, what: "objectTypes" }
    : provider(source?.recordSource);
  if (!fields) return undefined;
  const saved = list(input.savedFieldMappings).map((each) => string(isRecord(each) ? each.label : each));
  const labels = saved.filter((label) => label !== "").map((label) => ({ value: label, label }));
  const all = dynamic ? valid(list(Array.isArray(own) ? own : config.fields)) : labels;
  const wanted = list(config.defaultFields).filter((value) => all.some((field) => field.value === value));
  return {
    record,
    fields,
    own: all,
    shown: wanted.length > 0 ? (wanted as string[]) : all.map((field) => field.value),
    dynamic,
    removable: dynamic && config.userCanRemoveMappings === true,
    creatable: dynamic && config.userCanCreateFields === true,
  };
}

function scopesOf(input: Input): Scope[] {
  const always = list(input.requiredScopes);
  const values = isRecord(input.scopes) ? list(input.scopes.values) : [];
  return values.flatMap((each): Scope[] => {
    if (!isRecord(each) || string(each.name) === "") return [];
    const name = string(each.name);
    return [
      {
        name,
        label: string(each.label) || name,
        description: string(each.description),
        required: each.required === true || always.includes(name),
      },
    ];
  });
}

function options(input: Input, around: Around): Option[] {
  const source = sourceOf(input, around);
  const values = [input.values, input.customDropdownOptions, input.options, source?.values].find(
    Array.isArray,
  );
  return valid((values as unknown[] | undefined) ?? []);
}

/** Each value once, and nothing that cannot be shown or stored. */
function valid(entries: unknown[]): Option[] {
  const found: Option[] = [];
  for (const entry of entries) {
    if (isRecord(entry) && Array.isArray(entry.items)) {
      found.push(...valid(entry.items).filter(({ value }) => !found.some((each) => each.value === value)));
      continue;
    }
    const value = string(isRecord(entry) ? entry.value : entry);
    const label = string(isRecord(entry) ? entry.label : entry);
    if (value === "" || label === "" || found.some((each) => each.value === value)) {
      console.warn("The portal leaves an option out: it has no value or label, or is there already.", entry);
    } else found.push({ value, label });
  }
  return found;
}

function link(input: Input): Common["link"] {
  const href = string(input.documentationLink);
  return isWebAddress(href) ? { href, label: string(input.documentationLinkLabel) } : undefined;
}

/** Whether a required field still has no value. */
export function isMissing(field: Field, value: SettingValue | undefined): boolean {
  if (!field.required) return false;
  const present = value ?? field.fallback;
  if (present === undefined || present === null || present === "") return true;
  if (!isRecord(present)) return false;
  if (field.kind === "combo")
    return string(present.mainInput) === "" || string(present.dependentInput) === "";
  if (field.kind === "mapper") {
    if (field.mapper.record && string(present.objectMapping) === "") return true;
    return Object.keys(mappingsOf(present)).length === 0;
  }
  return false;
}

/** The application's fields and what each is mapped to, of either kind of mapping. */
export function mappingsOf(value: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  if (!isRecord(value)) return found;
  for (const [label, field] of Object.entries(isRecord(value.fieldMappings) ? value.fieldMappings : {})) {
    if (string(field) !== "") found[label] = string(field);
  }
  for (const each of Object.values(isRecord(value.dynamicMappings) ? value.dynamicMappings : {})) {
    if (!isRecord(each) || string(each.applicationField) === "") continue;
    if (string(each.integrationField) !== "")
      found[string(each.applicationField)] = string(each.integrationField);
  }
  return found;
}

/** Why a value will not do, or nothing. The server judges again. */
export function problem(field: Field, value: SettingValue | undefined, text: Messages): string | undefined {
  if (isMissing(field, value)) return text.needed(field.title);
  if (field.kind !== "text" || value === undefined || value === null || value === "") return undefined;
  switch (field.inputType) {
    case "email":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value)) ? undefined : text.notEmail;
    case "url":
      return isWebAddress(String(value)) ? undefined : text.notUrl;
    case "number":
      return Number.isFinite(Number(value)) ? undefined : text.notNumber;
    default:
      return undefined;
  }
}

/** What is typed is stored after a pause; what is chosen, at once. */
export function isTyped(field: Field): boolean {
  return field.kind === "text" || field.kind === "area" || field.kind === "secret";
}

export function titles(fields: Field[]): string {
  return fields.map(({ title }) => title).join(", ");
}

export function settingsFrom(values: unknown): SettingValues {
  return isRecord(values) && !Array.isArray(values) ? (values as SettingValues) : {};
}

export function isWebAddress(address: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(address) && URL.canParse(address);
}

export function string(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The fields of a form, from the inputs that the server describes: what can be shown, and when a value will do. */
import type { Input, SettingValue } from "../../../sdk/js/src/model";
import { isRecord } from "../../../sdk/js/src/protocol";

export interface Option {
  value: string;
  label: string;
}

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

export type Field = Common &
  (
    | { kind: "text"; inputType: "text" | "email" | "url" | "password" | "number" }
    | { kind: "area" }
    | { kind: "switch" }
    | { kind: "choice"; options: Option[] }
    /** Chosen from a list in the customer's account. */
    | { kind: "lookup"; source: string; dependsOn: string[] }
    | { kind: "unsupported" }
  );

const INPUT_TYPES = {
  TEXT_NO_VARS: "text",
  TEXT: "text",
  EMAIL: "email",
  URL: "url",
  PASSWORD: "password",
  NUMBER: "number",
} as const;

export function toFields(inputs: readonly unknown[], sources: unknown): Field[] {
  return inputs
    .filter(
      (input): input is Input => isRecord(input) && typeof input.id === "string" && input.hidden !== true,
    )
    .map((input) => toField(input, sources));
}

function toField(input: Input, sources: unknown): Field {
  const common: Common = {
    id: input.id,
    title: string(input.title) || input.id,
    hint: string(input.subtitle) || string(input.tooltip),
    placeholder: string(input.placeholder),
    required: input.required !== false,
    readOnly: input.readOnly === true,
    fallback: input.defaultValue,
    link: link(input),
  };
  switch (input.type) {
    case "TEXT_NO_VARS":
    case "TEXT":
    case "EMAIL":
    case "URL":
    case "PASSWORD":
    case "NUMBER":
      return { ...common, kind: "text", inputType: INPUT_TYPES[input.type] };
    case "TEXTAREA_NO_VARS":
    case "TEXTAREA":
      return { ...common, kind: "area" };
    case "BOOLEAN_INPUT":
    case "SWITCH":
      return { ...common, kind: "switch", required: false };
    case "ENUM":
    case "CUSTOM_DROPDOWN":
      return { ...common, kind: "choice", options: options(input, sources) };
    case "DYNAMIC_ENUM": {
      const source =
        isRecord(sources) && input.sourceType !== undefined ? sources[input.sourceType] : undefined;
      if (isRecord(source) && source.type === "DYNAMIC_DATA_SOURCE") {
        const dependsOn = Array.isArray(source.refreshDependencies) ? source.refreshDependencies : [];
        return {
          ...common,
          kind: "lookup",
          source: string(source.cacheKey) || string(input.sourceType),
          dependsOn: dependsOn.filter((name): name is string => typeof name === "string"),
        };
      }
      return { ...common, kind: "unsupported", required: false };
    }
    default:
      return { ...common, kind: "unsupported", required: false };
  }
}

function options(input: Input & { customDropdownOptions?: unknown }, sources: unknown): Option[] {
  const source = isRecord(sources) && input.sourceType !== undefined ? sources[input.sourceType] : undefined;
  const values = [
    input.values,
    input.customDropdownOptions,
    isRecord(source) ? source.values : undefined,
  ].find(Array.isArray);
  return ((values as unknown[] | undefined) ?? []).flatMap((entry): Option[] => {
    if (typeof entry === "string") return [{ value: entry, label: entry }];
    if (!isRecord(entry)) return [];
    if (Array.isArray(entry.items)) return options({ ...input, values: entry.items }, undefined);
    const value = string(entry.value);
    return [{ value, label: string(entry.label) || value }];
  });
}

function link(input: Input): Common["link"] {
  const href = string(input.documentationLink);
  return isWebAddress(href)
    ? { href, label: string(input.documentationLinkLabel) || "Where do I find this?" }
    : undefined;
}

/** Whether a required field still has no value. */
export function isMissing(field: Field, value: SettingValue | undefined): boolean {
  const present = value ?? field.fallback;
  return field.required && (present === undefined || present === null || present === "");
}

/** Why a value will not do, or nothing. The server judges again. */
export function problem(field: Field, value: SettingValue | undefined): string | undefined {
  if (isMissing(field, value)) return `${field.title} is needed.`;
  if (field.kind !== "text" || value === undefined || value === null || value === "") return undefined;
  switch (field.inputType) {
    case "email":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value)) ? undefined : "This is not an e-mail address.";
    case "url":
      return isWebAddress(String(value)) ? undefined : "An address begins with https://.";
    case "number":
      return Number.isFinite(Number(value)) ? undefined : "This is not a number.";
    default:
      return undefined;
  }
}

export function isWebAddress(address: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(address) && URL.canParse(address);
}

function string(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

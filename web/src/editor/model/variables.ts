/** What a step's fields may refer to: the sources of the variable menu, and what a chip says. */
import type { Definition } from "../../api/definition.ts";
import type { SettingInput } from "../../api/integrations.ts";
import type { Json, JsonObject } from "../../api/json.ts";
import { variablesText } from "../../texts/variables.tsx";
import { type ActionTitles, nameOf } from "./names.ts";
import { emptyOutput, type OutputExamples, outputOf } from "./outputs.ts";
import { scopeOf } from "./scope.ts";
import { expressions, referencePath, valueAt, writeReference } from "./template.ts";
import { isAppEvent } from "./triggers.ts";

const { sources: sourceTexts, samples: sampleTexts, chip: chipTexts } = variablesText;

export interface VariableSource {
  id: string;
  title: string;
  kind: "trigger" | "step" | "item" | "settings" | "user" | "secrets";
  /** The path that every reference of this source begins with. */
  root: (string | number)[];
  /** Example values; a step's grow with the fields that its action is known to answer. */
  sample: Json;
  /** Whether fields that the sample does not have may still exist. */
  open: boolean;
  /** Whether the source itself is a value that people use, as a loop's item is. */
  isValue?: boolean;
  emptyHint: string;
}

export interface Surroundings {
  definition: Definition;
  titles: ActionTitles;
  /** Samples of outputs that the connector has. */
  examples: OutputExamples;
  /** Outputs that tests found, by the step's key. */
  samples: JsonObject;
  eventExample: JsonObject | undefined;
  settings: SettingInput[];
  userMetadata: JsonObject;
  /** Null while their names are not known. */
  secrets: string[] | null;
}

/** The sources that a step sees: earlier steps, those of branches that have come together, loops around it. */
export function sourcesFor(key: string, around: Surroundings): VariableSource[] {
  const { steps, loops } = scopeOf(around.definition.steps, key);
  const sources: VariableSource[] = [triggerSource(around)];
  for (const step of steps) {
    sources.push({
      id: `step:${step.key}`,
      title: nameOf(step, around.titles),
      kind: "step",
      root: ["steps", step.key],
      sample: around.samples[step.key] ?? outputOf(step, around.examples),
      open: true,
      emptyHint: emptyOutput(step),
    });
  }
  // The innermost loop is the one that people mean.
  const items = loops.map((loop): VariableSource => {
    const name = loop.as ?? "item";
    return {
      id: `item:${loop.key}`,
      title: name === "item" ? sourceTexts.itemOf(nameOf(loop, around.titles)) : name,
      kind: "item",
      root: [name],
      sample: itemOf(loop.forEach, sources),
      open: true,
      isValue: true,
      emptyHint: "",
    };
  });
  return [...items.reverse(), ...sources, ...commonSources(around)];
}

function triggerSource({ definition, eventExample }: Surroundings): VariableSource {
  return {
    id: "trigger",
    title: sourceTexts.trigger.title,
    kind: "trigger",
    root: ["trigger"],
    sample: eventExample ?? {},
    open: true,
    emptyHint: !isAppEvent(definition.trigger)
      ? sourceTexts.trigger.ofItself
      : definition.trigger
        ? sourceTexts.trigger.noFields
        : sourceTexts.trigger.notChosen,
  };
}

/** A source that is itself the value, and is named as it is written. */
export function valueSource(root: string[], sample: Json): VariableSource {
  const title = root.join(".");
  return { id: title, title, kind: "item", root, sample, open: true, isValue: true, emptyHint: "" };
}

/** What is known before a run begins, too. */
export function commonSources(
  around: Pick<Surroundings, "settings" | "userMetadata" | "secrets">,
): VariableSource[] {
  return [
    {
      id: "settings",
      title: sourceTexts.settings.title,
      kind: "settings",
      root: ["settings"],
      sample: Object.fromEntries(around.settings.map((input) => [input.id, ""])),
      open: false,
      emptyHint: sourceTexts.settings.none,
    },
    {
      id: "user",
      title: sourceTexts.user.title,
      kind: "user",
      root: ["user"],
      sample: { id: "user-1", metadata: around.userMetadata },
      open: true,
      emptyHint: "",
    },
    {
      id: "secrets",
      title: sourceTexts.secrets.title,
      kind: "secrets",
      root: ["secrets"],
      sample: Object.fromEntries((around.secrets ?? []).map((name) => [name, sourceTexts.secrets.hidden])),
      open: around.secrets === null,
      emptyHint: around.secrets ? sourceTexts.secrets.none : sourceTexts.secrets.unknown,
    },
  ];
}

/** An example of a loop's item: the first one of the list's example, where that is known. */
function itemOf(list: Json | undefined, sources: readonly VariableSource[]): Json {
  if (Array.isArray(list)) return list[0] ?? {};
  const [only] = expressions(String(list ?? ""));
  const path = only && referencePath(only.source);
  if (!path) return {};
  const owner = sources.find((source) => source.root.every((part, index) => path[index] === part));
  const value = owner && valueAt(owner.sample, path.slice(owner.root.length));
  return Array.isArray(value) ? (value[0] ?? {}) : {};
}

export interface VariableField {
  /** The last part of the path, as the menu names it. */
  label: string;
  path: (string | number)[];
  depth: number;
  sample: string;
  type: ValueType;
}

export type ValueType = "text" | "number" | "boolean" | "list" | "object" | "empty";

export function typeOf(value: Json | undefined): ValueType {
  if (value === undefined || value === null) return "empty";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "object";
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
}

/** A source's fields as a flat tree, filtered by what was typed. */
export function fieldsOf(source: VariableSource, typed: string): VariableField[] {
  const fields: VariableField[] = [];
  if (source.isValue) {
    fields.push({
      label: source.title,
      path: source.root,
      depth: 0,
      sample: sampleText(source.sample),
      type: typeOf(source.sample),
    });
  }
  collect(source.sample, source.root, source.isValue ? 1 : 0, fields);
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return fields;
  return fields.filter(
    (field) =>
      field.label.toLowerCase().includes(wanted) || writeReference(field.path).toLowerCase().includes(wanted),
  );
}

function collect(value: Json, path: (string | number)[], depth: number, fields: VariableField[]): void {
  if (depth > 4 || typeof value !== "object" || value === null) return;
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.slice(0, 1).map((item, index) => [index, item])
    : Object.entries(value);
  for (const [name, item] of entries) {
    const at = [...path, name];
    fields.push({ label: String(name), path: at, depth, sample: sampleText(item), type: typeOf(item) });
    collect(item, at, depth + 1, fields);
  }
}

export function sampleText(value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return sampleTexts.list(value.length);
  if (typeof value === "object" && value !== null) return sampleTexts.object;
  return String(value);
}

function hasFields(sample: Json): boolean {
  return typeof sample === "object" && sample !== null && Object.keys(sample).length > 0;
}

export interface Chip {
  label: string;
  title: string;
  kind: VariableSource["kind"] | "expression";
  problem: string | null;
}

/** How an expression looks as a chip, and what is wrong with it. */
export function chipFor(source: string, sources: readonly VariableSource[]): Chip {
  const path = referencePath(source);
  if (!path) return { label: source, title: source, kind: "expression", problem: null };
  const last = String(path.at(-1));
  const owner = sources.find((candidate) => candidate.root.every((part, index) => path[index] === part));
  if (!owner) {
    const problem =
      path[0] === "steps" ? chipTexts.noStep(String(path[1] ?? "")) : chipTexts.noSource(String(path[0]));
    return { label: last, title: `${source}: ${problem}`, kind: "expression", problem };
  }
  const inner = path.slice(owner.root.length);
  const value = valueAt(owner.sample, inner);
  const label = inner.length === 0 ? owner.title : last;
  if (value === undefined && !owner.open) {
    const name = String(inner[0] ?? "");
    const problem = owner.kind === "secrets" ? chipTexts.noSecret(name) : chipTexts.noSetting(name);
    return { label, title: `${source}: ${problem}`, kind: owner.kind, problem };
  }
  // Events are not held to their example, so a field it does not have is a hint, not a fault,
  // except where the example is there to compare with.
  if (value === undefined && owner.kind === "trigger" && hasFields(owner.sample)) {
    const problem = chipTexts.notInExample(inner.join("."));
    return { label, title: `${source}: ${problem}`, kind: owner.kind, problem };
  }
  const shown = sampleText(value);
  return {
    label: `${label}`,
    title: shown === "" ? source : chipTexts.example(source, shown),
    kind: owner.kind,
    problem: null,
  };
}

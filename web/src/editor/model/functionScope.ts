/** What a Function's code can name: its parameters as the samples have them, and the libraries. */
import type { Json, JsonObject } from "../../api/json.ts";
import { expressions, referencePath, valueAt } from "./template.ts";
import type { VariableSource } from "./variables.ts";

/** As `docs/functions.md` has them: each says how it is called. */
export const LIBRARIES: JsonObject = {
  dates: {
    parse: "(text, form?)",
    format: "(date, form)",
    add: "(date, { days: 1 })",
    diff: "(from, to, unit)",
    startOf: "(date, unit)",
  },
  crypto: { hash: "(algorithm, text)", hmac: "(algorithm, key, text)", encode: "(text)", decode: "(base64)" },
  csv: { parse: "(text)", stringify: "(rows)" },
  text: {
    slug: "(text)",
    capitalize: "(text)",
    titleCase: "(text)",
    camelCase: "(text)",
    truncate: "(text, length)",
  },
  data: {
    get: "(object, path)",
    set: "(object, path, value)",
    merge: "(one, other)",
    pick: "(object, names)",
    omit: "(object, names)",
    groupBy: "(list, name)",
    keyBy: "(list, name)",
    uniq: "(list)",
    uniqBy: "(list, name)",
    chunk: "(list, size)",
    sortBy: "(list, name)",
    sumBy: "(list, name)",
  },
  url: { parse: "(address)", parseQuery: "(text)", buildQuery: "(object)" },
};

export function functionScope(parameters: JsonObject, sources: readonly VariableSource[]): JsonObject {
  const known = Object.entries(parameters).map(([name, value]) => [name, exampleOf(value, sources)] as const);
  return { parameters: Object.fromEntries(known), libraries: LIBRARIES };
}

/** What a parameter comes to over the samples, where it is one reference; text with others in it is a text. */
function exampleOf(value: Json, sources: readonly VariableSource[]): Json {
  if (typeof value !== "string") return value;
  const found = expressions(value);
  const [only] = found;
  if (!only) return value;
  if (only.from !== 0 || only.to !== value.length) return "";
  const path = referencePath(only.source);
  const owner = path && sources.find(({ root }) => root.every((part, index) => path[index] === part));
  return (owner && valueAt(owner.sample, path.slice(owner.root.length))) ?? null;
}

/** Checks an App Event's example before anything is sent: it must be one JSON object. */
import type { JsonObject } from "../../api/json.ts";
import { jsonExampleText } from "../../texts/jsonExample.ts";
import { jsonErrorAt } from "./jsonPosition.ts";

const { kinds, hints } = jsonExampleText;

export type ExampleCheck = { ok: true; value: JsonObject } | { ok: false; message: string };

/** The sample of the tutorial. */
export const TUTORIAL_EXAMPLE: JsonObject = jsonExampleText.tutorial;

export function checkExample(text: string): ExampleCheck {
  if (text.trim() === "") return { ok: false, message: jsonExampleText.empty };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return badJson(text);
  }
  if (isObject(value)) return { ok: true, value };
  return { ok: false, message: jsonExampleText.notAnObject(kindOf(value)) };
}

// JSON.parse yields JSON, so an object that is no array is a JsonObject.
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return kinds.null;
  if (Array.isArray(value)) return kinds.list;
  if (typeof value === "string") return kinds.text;
  if (typeof value === "number") return kinds.number;
  if (typeof value === "boolean") return kinds.boolean;
  return kinds.object;
}

function badJson(text: string): ExampleCheck {
  const at = jsonErrorAt(text);
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return { ok: false, message: jsonExampleText.notJson(line, column, hint(text, at)) };
}

function hint(text: string, at: number): string {
  const found = text.charAt(at);
  const before = text.slice(0, at).trimEnd();
  if (at >= text.trimEnd().length) return hints.notClosed;
  if (before.endsWith(",") && (found === "}" || found === "]")) return hints.commaBefore;
  if (before.endsWith('"') && /[A-Za-z_0-9]/.test(found)) return hints.commaOrColon;
  if (found === "'") return hints.doubleQuotes;
  if (/[A-Za-z_]/.test(found)) return hints.quotes;
  if (found === '"') return hints.comma;
  return hints.unexpected(found);
}

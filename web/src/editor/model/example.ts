/** Checks an App Event's example before anything is sent: it must be one JSON object. */
import type { JsonObject } from "../../api/json.ts";
import { jsonErrorAt } from "./jsonPosition.ts";

export type ExampleCheck = { ok: true; value: JsonObject } | { ok: false; message: string };

/** The sample of the tutorial. */
export const TUTORIAL_EXAMPLE: JsonObject = {
  first_name: "Buddha",
  last_name: "Samuel",
  email: "buddha@example.com",
  company: "Acme",
  title: "Dog",
};

export function checkExample(text: string): ExampleCheck {
  if (text.trim() === "") {
    return { ok: false, message: "Write an example of the JSON object that your app will send." };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return badJson(text);
  }
  if (isObject(value)) return { ok: true, value };
  return {
    ok: false,
    message: `The example must be a JSON object, in braces: { "email": "…" }. This is ${kindOf(value)}.`,
  };
}

// JSON.parse yields JSON, so an object that is no array is a JsonObject.
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return "an object";
}

function badJson(text: string): ExampleCheck {
  const at = jsonErrorAt(text);
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return { ok: false, message: `This is not JSON yet: line ${line}, column ${column}. ${hint(text, at)}` };
}

function hint(text: string, at: number): string {
  const found = text.charAt(at);
  const before = text.slice(0, at).trimEnd();
  if (at >= text.trimEnd().length) return "The text ends too early: a quote, bracket or brace is not closed.";
  if (before.endsWith(",") && (found === "}" || found === "]")) return "Remove the comma before it.";
  if (before.endsWith('"') && /[A-Za-z_0-9]/.test(found)) return "A comma or a colon is missing before it.";
  if (found === "'") return "JSON wants double quotes.";
  if (/[A-Za-z_]/.test(found)) return "Names and texts need double quotes.";
  if (found === '"') return "A comma is missing before it.";
  return `There is an unexpected “${found}”.`;
}

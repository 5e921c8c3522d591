/** Checks an App Event's example before anything is sent: it must be one JSON object. */
import type { JsonObject } from "../../api/types.ts";

export type ExampleCheck = { ok: true; value: JsonObject } | { ok: false; message: string; at?: number };

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
  } catch (error) {
    return badJson(text, error);
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

function badJson(text: string, error: unknown): ExampleCheck {
  const reason = error instanceof Error ? error.message : "";
  // Browsers word their messages differently; the position is what people need.
  const position = /position (\d+)/.exec(reason);
  const place = /line (\d+) column (\d+)/.exec(reason);
  const at = position
    ? Number(position[1])
    : place
      ? offset(text, Number(place[1]), Number(place[2]))
      : text.length;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return {
    ok: false,
    at,
    message: `This is not JSON yet: line ${line}, column ${column}. ${hint(text, at)}`,
  };
}

function offset(text: string, line: number, column: number): number {
  const start = text
    .split("\n")
    .slice(0, line - 1)
    .reduce((sum, row) => sum + row.length + 1, 0);
  return start + column - 1;
}

function hint(text: string, at: number): string {
  const found = text.charAt(at);
  const before = text.slice(0, at).trimEnd();
  if (at >= text.trimEnd().length) return "The text ends too early: a quote, bracket or brace is not closed.";
  if (before.endsWith(",") && (found === "}" || found === "]")) return "Remove the comma before it.";
  if (found === "'") return "JSON wants double quotes.";
  if (/[A-Za-z_]/.test(found)) return "Names and texts need double quotes.";
  if (found === '"') return "A comma is missing before it.";
  return `There is an unexpected “${found}”.`;
}

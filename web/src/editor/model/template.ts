/**
 * Texts with `{{ … }}` in them: where the expressions are, what each refers to, how a reference is
 * written. The rules are the server's: quotes inside an expression may hold `}}`, and `{{{{` is a
 * literal `{{`.
 */
import type { Json } from "../../api/json.ts";

export interface ExpressionRange {
  from: number;
  to: number;
  source: string;
}

/** Every closed expression of a text, in order. */
export function expressions(text: string): ExpressionRange[] {
  const found: ExpressionRange[] = [];
  let index = 0;
  for (;;) {
    const open = text.indexOf("{{", index);
    if (open === -1) return found;
    if (text.startsWith("{{{{", open)) {
      index = open + 4;
      continue;
    }
    const close = closing(text, open + 2);
    if (close === -1) return found;
    found.push({ from: open, to: close + 2, source: text.slice(open + 2, close).trim() });
    index = close + 2;
  }
}

/** Where an expression that begins at `start` ends, or -1. */
function closing(text: string, start: number): number {
  let quote = "";
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const mark = text.charAt(index);
    if (quote !== "") {
      if (mark === "\\") index++;
      else if (mark === quote) quote = "";
    } else if (mark === '"' || mark === "'") quote = mark;
    else if (mark === "{") depth++;
    else if (mark === "}") {
      if (depth > 0) depth--;
      else if (text.charAt(index + 1) === "}") return index;
    }
  }
  return -1;
}

/** The `{{` that the caret stands behind and that is not closed before it: the variable menu's place. */
export function openAt(text: string, caret: number): { from: number; typed: string } | null {
  const before = text.slice(0, caret);
  const open = before.lastIndexOf("{{");
  if (open === -1) return null;
  const typed = before.slice(open + 2);
  if (typed.includes("}}") || typed.includes("\n")) return null;
  if (before.slice(0, open).endsWith("{{")) return null;
  return { from: open, typed: typed.trim() };
}

/** A plain reference such as `trigger.email` or `trigger["First Name"].x[0]`; anything else is null. */
export function referencePath(source: string): (string | number)[] | null {
  const path: (string | number)[] = [];
  let rest = source.trim();
  const first = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest);
  if (!first) return null;
  path.push(first[0]);
  rest = rest.slice(first[0].length);
  while (rest !== "") {
    const dotted = /^\.([A-Za-z_][A-Za-z0-9_]*)/.exec(rest);
    const index = /^\[(\d+)\]/.exec(rest);
    const quoted = /^\[("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]/.exec(rest);
    const match = dotted ?? index ?? quoted;
    if (!match?.[1]) return null;
    path.push(dotted ? match[1] : index ? Number(match[1]) : unquote(match[1]));
    rest = rest.slice(match[0].length);
  }
  return path;
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, "$1");
}

/** A reference as the expression language writes it. Names that are no identifiers are quoted. */
export function writeReference(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (index === 0) return part;
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(part)
        ? `.${part}`
        : `["${part.replace(/["\\]/g, (mark) => `\\${mark}`)}"]`;
    })
    .join("");
}

/** The reference in its braces. */
export function writeExpression(path: readonly (string | number)[]): string {
  return `{{ ${writeReference(path)} }}`;
}

/** Renames a step or a loop's item in every expression of a value. */
export interface Renaming {
  of: "step" | "item";
  from: string;
  to: string;
}

export function renameReferences(value: Json, renaming: Renaming): Json {
  if (typeof value === "string") {
    let text = "";
    let end = 0;
    for (const { from, to } of expressions(value)) {
      const inner = value.slice(from + 2, to - 2);
      text += `${value.slice(end, from)}{{${renameInSource(inner, renaming)}}}`;
      end = to;
    }
    return text + value.slice(end);
  }
  if (Array.isArray(value)) return value.map((item) => renameReferences(item, renaming));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, renameReferences(item, renaming)]),
    );
  }
  return value;
}

/** Texts in quotes are values, and what follows a dot is somebody's field: neither is renamed. */
function renameInSource(source: string, { of, from, to }: Renaming): string {
  const token = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_][A-Za-z0-9_]*/g;
  let text = "";
  let end = 0;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    if (match[0].startsWith('"') || match[0].startsWith("'")) continue;
    if (/\.\s*$/.test(source.slice(0, match.index))) continue;
    const after = source.slice(token.lastIndex);
    const named =
      of === "step" && match[0] === "steps"
        ? /^\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\[\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*\])/.exec(after)
        : null;
    if (named && (named[1] ?? named[2] ?? named[3]) === from) {
      text += `${source.slice(end, match.index)}steps.${to}`;
      end = token.lastIndex + named[0].length;
      token.lastIndex = end;
    } else if (of === "item" && match[0] === from) {
      text += source.slice(end, match.index) + to;
      end = token.lastIndex;
    }
  }
  return text + source.slice(end);
}

/** The value at a path within a sample; undefined where the sample does not have it. */
export function valueAt(sample: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = sample;
  for (const part of path) {
    if (Array.isArray(value)) value = typeof part === "number" ? value[part] : undefined;
    else if (typeof value === "object" && value !== null) value = value[String(part)];
    else return undefined;
  }
  return value;
}

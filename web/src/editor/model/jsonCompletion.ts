/** Names that can stand at a place of JSON that is being written, by an example of the whole. */
import type { Json } from "../../api/json.ts";

export interface NamePlace {
  /** Where the name that is being written begins, behind its quote where it has one. */
  from: number;
  /** Whether a quote stands before it already. */
  quoted: boolean;
  names: { name: string; example: Json }[];
}

interface Open {
  kind: "object" | "array";
  /** Of the value that is being written in an object. */
  name: string | null;
  wantsName: boolean;
  known: string[];
}

/** What can stand at the end of a text that may break off anywhere; null where no name is expected. */
export function namesAt(text: string, example: Json): NamePlace | null {
  const stack: Open[] = [];
  let at = 0;
  while (at < text.length) {
    const top = stack.at(-1);
    const letter = text[at];
    if (letter === '"') {
      const end = closingQuote(text, at + 1);
      if (end === null) return top?.wantsName ? place(stack, example, at + 1, true) : null;
      if (top?.wantsName) {
        top.name = text.slice(at + 1, end);
        top.known.push(top.name);
        top.wantsName = false;
      }
      at = end;
    } else if (letter === "{" || letter === "[") {
      const kind = letter === "{" ? "object" : "array";
      stack.push({ kind, name: null, wantsName: kind === "object", known: [] });
    } else if (letter === "}" || letter === "]") stack.pop();
    else if (letter === "," && top?.kind === "object") top.wantsName = true;
    at++;
  }
  return stack.at(-1)?.wantsName ? place(stack, example, text.length, false) : null;
}

function closingQuote(text: string, from: number): number | null {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return null;
}

function place(stack: readonly Open[], example: Json, from: number, quoted: boolean): NamePlace | null {
  let value: Json | undefined = example;
  for (const open of stack.slice(0, -1)) {
    if (open.kind === "array") value = Array.isArray(value) ? value[0] : undefined;
    else value = isObject(value) && open.name !== null ? value[open.name] : undefined;
  }
  if (!isObject(value)) return null;
  const known = stack.at(-1)?.known ?? [];
  const names = Object.entries(value).flatMap(([name, one]) =>
    known.includes(name) ? [] : [{ name, example: one }],
  );
  return names.length === 0 ? null : { from, quoted, names };
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Steps as text: the list that stands under `steps` in a project file, as JSON. So what is copied here can be
 * pasted into another project's editor, into a project file, or into a message.
 */
import type { Step } from "../../api/definition.ts";
import type { Json, JsonObject } from "../../api/json.ts";
import { branchesOf } from "./steps.ts";

/** What a step may hold; anything else is none of ours. */
const FIELDS = new Set([
  ...["title", "action", "connector", "inputs", "request", "function", "if", "then", "else"],
  ...["forEach", "as", "steps", "concurrency", "delay", "response", "onError", "retry"],
]);
const KINDS = ["action", "request", "function", "if", "forEach", "delay", "response"];

export function stepsAsText(steps: readonly Step[]): string {
  return JSON.stringify(steps.map(written), null, 2);
}

function written(step: Step): JsonObject {
  const { key, title, action, connector, inputs, onError, retry, ...rest } = step;
  const inside = Object.fromEntries(
    branchesOf(step).map(({ branch, steps }) => [branch, steps.map(written)] as const),
  );
  return {
    [key]: {
      ...(title && { title }),
      ...(action !== null && { action }),
      ...(connector && { connector }),
      ...(Object.keys(inputs).length > 0 && { inputs }),
      // The definition's own shapes are JSON; TypeScript does not know that of interfaces.
      ...(rest as unknown as JsonObject),
      ...inside,
      ...(onError === "continue" && { onError }),
      ...(!retry && { retry }),
    },
  };
}

/** The steps that a text holds; null when it holds something else. */
export function stepsOfText(text: string): Step[] | null {
  let parsed: Json;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  return Array.isArray(parsed) && parsed.length > 0 ? readList(parsed) : null;
}

function readList(list: readonly Json[]): Step[] | null {
  const steps: Step[] = [];
  for (const item of list) {
    const step = readStep(item);
    if (!step) return null;
    steps.push(step);
  }
  return steps;
}

function readStep(item: Json): Step | null {
  if (!isObject(item)) return null;
  const [entry, ...more] = Object.entries(item);
  if (!entry || more.length > 0) return null;
  const [key, body] = entry;
  if (!/^[a-z][a-z0-9_]*$/i.test(key) || !isObject(body)) return null;
  if (Object.keys(body).some((name) => !FIELDS.has(name))) return null;
  // A step that nobody has decided about yet has no kind.
  if (KINDS.filter((kind) => kind in body).length > 1) return null;
  const { action = null, inputs = {}, onError = "stop", retry = true, ...rest } = body;
  if ((action !== null && typeof action !== "string") || !isObject(inputs) || typeof retry !== "boolean")
    return null;
  if (onError !== "stop" && onError !== "continue") return null;
  const lists: JsonObject = {};
  for (const branch of ["then", "else", "steps"] as const) {
    const steps = rest[branch];
    if (steps === undefined) continue;
    const read = Array.isArray(steps) ? readList(steps) : null;
    if (!read) return null;
    lists[branch] = read as unknown as Json;
  }
  // Checked above as far as the editor relies on it; the server checks the rest when it saves the draft.
  return { ...rest, ...lists, key, action, inputs, onError, retry } as unknown as Step;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

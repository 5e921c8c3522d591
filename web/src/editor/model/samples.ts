/** What tests found, as samples: of each step its output, of a loop's step that for the first item. */
import type { Definition } from "../../api/definition.ts";
import type { Json, JsonObject } from "../../api/json.ts";
import type { TriedStep } from "../../api/workflows.ts";
import { scopeOf } from "./scope.ts";
import { expressions, referencePath, valueAt } from "./template.ts";

/** The key of the step that a path is about: `each[3]/write` is about `write`. */
export function stepKeyOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What a test found of each step; in loops the first item's that worked. Pinned samples come first. */
export function samplesOf(results: readonly TriedStep[], pins: JsonObject): JsonObject {
  const samples: JsonObject = {};
  for (const { path, output } of results) {
    const key = stepKeyOf(path);
    if (output !== null && output !== undefined && !(key in samples)) samples[key] = output;
  }
  return { ...samples, ...pins };
}

export interface StepResult {
  ok: boolean;
  /** Whether a simulator answered, at least once. */
  simulated: boolean;
  durationMs: number;
  /** In a loop one for each item. */
  tried: TriedStep[];
}

export function resultsByKey(results: readonly TriedStep[]): ReadonlyMap<string, StepResult> {
  const found = new Map<string, StepResult>();
  for (const tried of results) {
    const key = stepKeyOf(tried.path);
    const before = found.get(key);
    found.set(key, {
      ok: (before?.ok ?? true) && !tried.fault,
      simulated: (before?.simulated ?? false) || (tried.simulated === true && !tried.pinned),
      durationMs: (before?.durationMs ?? 0) + tried.durationMs,
      tried: [...(before?.tried ?? []), tried],
    });
  }
  return found;
}

/** For a step that is tried alone: the item that each loop around it is at, where a sample has one. */
export function loopItems(
  definition: Definition,
  key: string,
  known: { trigger: Json; steps: JsonObject },
): JsonObject {
  const items: JsonObject = {};
  for (const loop of scopeOf(definition.steps, key).loops) {
    const item = firstOf(loop.forEach, { ...known, ...items });
    if (item !== undefined) items[loop.key] = item;
  }
  return items;
}

function firstOf(list: Json | undefined, known: JsonObject): Json | undefined {
  if (Array.isArray(list)) return list[0];
  const [only] = expressions(String(list ?? ""));
  const path = only && referencePath(only.source);
  const value = path ? valueAt(known, path) : undefined;
  return Array.isArray(value) ? value[0] : undefined;
}

/**
 * Undo and redo over a definition, as far back as it was opened: what an edit leaves alone is shared, so
 * a step back costs only what it changed. Typing into one field is one step back, not one a letter.
 */
import type { Definition } from "../../api/definition.ts";
import { apply, type Operation } from "./operations.ts";

export interface History {
  past: Definition[];
  present: Definition;
  future: Definition[];
  /** What the last operation edited; the next one on the same place joins it. */
  lastPlace: string | null;
}

export function startHistory(definition: Definition): History {
  return { past: [], present: definition, future: [], lastPlace: null };
}

export function perform(history: History, operation: Operation): History {
  const present = apply(history.present, operation);
  if (present === history.present) return history;
  const place = placeOf(operation);
  const joins = place !== null && place === history.lastPlace;
  return {
    past: joins ? history.past : [...history.past, history.present],
    present,
    future: [],
    lastPlace: place,
  };
}

/** Another definition in place of the present one, which undo brings back. */
export function replace(history: History, present: Definition): History {
  return { past: [...history.past, history.present], present, future: [], lastPlace: null };
}

export function undo(history: History): History {
  const previous = history.past.at(-1);
  if (!previous) return history;
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    lastPlace: null,
  };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { past: [...history.past, history.present], present: next, future, lastPlace: null };
}

function placeOf(operation: Operation): string | null {
  switch (operation.kind) {
    case "setInput":
      return `${operation.key}/inputs/${operation.name}`;
    case "setFields":
      return operation.at === null ? null : `${operation.key}/${operation.at}`;
    case "setItemName":
      return `${operation.key}/as`;
    default:
      return null;
  }
}

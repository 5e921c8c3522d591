/** What a reference to something that does not exist probably meant. */
import { expressions, referencePath, valueAt, writeExpression, writeReference } from "./template.ts";
import { chipFor, fieldsOf, type VariableSource } from "./variables.ts";

export interface Suggestion {
  /** The reference as it stands in the text, with its braces. */
  from: number;
  to: number;
  path: (string | number)[];
}

/** The nearest name that exists for the first reference of a text that leads nowhere. */
export function suggestionFor(text: string, sources: readonly VariableSource[]): Suggestion | null {
  for (const { from, to, source } of expressions(text)) {
    if (!chipFor(source, sources).problem) continue;
    const path = referencePath(source);
    const nearest = path && nearestPath(path, sources);
    if (nearest) return { from, to, path: nearest };
  }
  return null;
}

/** The text with the suggestion taken. */
export function withSuggestion(text: string, { from, to, path }: Suggestion): string {
  return text.slice(0, from) + writeExpression(path) + text.slice(to);
}

function nearestPath(
  path: (string | number)[],
  sources: readonly VariableSource[],
): (string | number)[] | null {
  const written = writeReference(path);
  let best: (string | number)[] | null = null;
  let least = Number.POSITIVE_INFINITY;
  const look = (candidate: (string | number)[]) => {
    const name = writeReference(candidate);
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    // A few letters in a long name are a slip; half of a short one is another name. What both begin with does not
    // make a name longer: `trigger.phone` is no slip of `trigger.title`.
    const alike = writeReference(sharedStart(path, candidate)).length;
    const length = Math.max(written.length, name.length) - alike;
    if (distance < least && distance <= Math.max(2, Math.floor(length / 3))) {
      least = distance;
      best = candidate;
    }
  };
  for (const source of sources) {
    for (const field of fieldsOf(source, "")) look(field.path);
    // A step that was renamed keeps what is read of it.
    if (source.root.length <= path.length) {
      const rest = path.slice(source.root.length);
      if (rest.length > 0 && (source.open || valueAt(source.sample, rest) !== undefined)) {
        const moved = [...source.root, ...rest];
        if (!chipFor(writeReference(moved), sources).problem) look(moved);
      }
    }
  }
  return best;
}

function sharedStart(a: (string | number)[], b: (string | number)[]): (string | number)[] {
  const differs = a.findIndex((part, index) => part !== b[index]);
  return differs < 0 ? a : a.slice(0, differs);
}

/** Letters to add, take away, change or swap with their neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

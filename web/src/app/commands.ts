/** What the page that is open can do, for the palette and the list of shortcuts. */
import { useEffect, useSyncExternalStore } from "react";

export interface PageCommand {
  label: string;
  /** The keys that do the same, as people read them. */
  keys?: string;
  /** Why it cannot be done now; the palette leaves it out. */
  off?: string | null;
  /** Absent for what only keys do, such as moving about: the palette leaves it out. */
  run?: () => void;
}

export interface PageCommands {
  /** Where they work, for example "Editor". */
  title: string;
  commands: readonly PageCommand[];
}

const NOTHING: PageCommands = { title: "", commands: [] };
let provided: PageCommands = NOTHING;
const listeners = new Set<() => void>();

function provide(next: PageCommands): void {
  provided = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Offers a page's commands as long as it is open. */
export function useProvideCommands(title: string, commands: readonly PageCommand[]): void {
  useEffect(() => provide({ title, commands }));
  useEffect(() => () => provide(NOTHING), []);
}

export function usePageCommands(): PageCommands {
  return useSyncExternalStore(subscribe, () => provided);
}

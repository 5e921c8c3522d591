/** What the page that is open can do, for the palette and the list of shortcuts. */
import { useEffect, useRef, useSyncExternalStore } from "react";

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

/**
 * Offers a page's commands as long as it is open. Who lists them hears of another label or reason, not of every render
 * of the page: an editor renders with every letter.
 */
export function useProvideCommands(title: string, commands: readonly PageCommand[]): void {
  const latest = useRef(commands);
  latest.current = commands;
  const shown = JSON.stringify(
    commands.map(({ label, keys, off, run }) => [label, keys, off, run !== undefined]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown says when there is something to tell
  useEffect(() => {
    const offered = latest.current.map((command, index) =>
      command.run ? { ...command, run: () => latest.current[index]?.run?.() } : command,
    );
    provide({ title, commands: offered });
  }, [title, shown]);
  useEffect(() => () => provide(NOTHING), []);
}

export function usePageCommands(): PageCommands {
  return useSyncExternalStore(subscribe, () => provided);
}

import { runsText } from "../../texts/runs.tsx";

/** Calls of the application itself: no workflow began them. */
export const isDirect = (kind: string): boolean => kind === "tool" || kind === "proxy";

/** What a trigger of each kind is called here. */
export const TRIGGERS: Record<string, string> = runsText.triggers;

/** What started a run, by its kind and what that kind calls it: "App Event Contact Created", "Schedule". */
export function triggerLine({ kind, name }: { kind: string; name: string }): string {
  const title = TRIGGERS[kind] ?? kind;
  return name === "" || name === title || name === kind ? title : `${title} ${name}`;
}

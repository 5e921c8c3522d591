/** Why runs fail, by the stable code: who can mend it, what they do, and which page it is on. */
import { runsText } from "../../texts/runs.tsx";

export type Place = "user" | "workflow" | "credentials";

export interface Cause {
  /** For a list of failures: what it is in a few words. */
  title: string;
  who: string;
  does: string;
  where: Place | null;
}

type Code = keyof typeof runsText.causes;

const places: Record<Code, Place | null> = {
  reconnect_needed: "user",
  disconnected: "user",
  missing_scope: "credentials",
  forbidden: "user",
  app_rejected: "credentials",
  validation: "workflow",
  invalid_inputs: "workflow",
  template: "workflow",
  conflict: "workflow",
  not_found: "workflow",
  egress_refused: "workflow",
  items_failed: null,
  rate_limited: null,
  unreachable: null,
  in_doubt: null,
  user_disabled: "user",
  user_deleted: null,
  cancelled: null,
};

export function causeOf(code: string): Cause {
  if (!isKnown(code)) return { ...runsText.unknownCause, where: "workflow" };
  return { ...runsText.causes[code], where: places[code] };
}

function isKnown(code: string): code is Code {
  return Object.hasOwn(places, code);
}

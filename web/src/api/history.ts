/** Shapes of what Task History asks for and does. */
import type { Items, Json } from "./json.ts";
import type { Run } from "./runs.ts";

/** What the server narrows runs by. */
export interface RunQuery {
  state?: string | undefined;
  workflowId?: string | undefined;
  integrationId?: string | undefined;
  userId?: string | undefined;
  event?: string | undefined;
  text?: string | undefined;
  /** Created at or after; and before. */
  after?: string | undefined;
  before?: string | undefined;
}

/** The same as it stands in the address. */
export interface RunFilter extends RunQuery {
  /** `1h`, `24h`, `7d`, `30d`: up to now. */
  period?: string | undefined;
  /** Where an older page begins. */
  cursor?: string | undefined;
}

export interface RunPage extends Items<Run> {
  /** How far back a search has looked, where it stopped before its page was full. */
  searchedTo?: string | null;
}

export interface ReplayHow {
  version?: "original" | "current";
  from?: "start" | "failed";
}

export interface ReplayedAll {
  found: number;
  replayed: number;
  skipped: { id: string; reason: string }[];
  nextCursor: string | null;
}

/** An event of a provider's webhook that started nothing when it came. */
export interface HookDelivery {
  id: string;
  integrationId: string;
  account: string;
  type: string;
  reason: string;
  event: Json;
  receivedAt: string;
  replayedAt?: string | null;
}

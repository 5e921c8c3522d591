/** Shapes of App Events and of what was received. */
import type { Items, JsonObject } from "./json.ts";

export interface AppEvent {
  id: string;
  name: string;
  example: JsonObject;
  usedBy: { workflowId: string; name: string }[];
  lastReceivedAt?: string | null;
  receivedCount?: number | null;
  createdAt: string;
}

export interface AppEvents extends Items<AppEvent> {
  unknown?: { name: string; count: number; lastReceivedAt: string }[];
}

export interface ReceivedEvent {
  id: string;
  kind: string;
  name: string;
  userId?: string | null;
  receivedAt: string;
  runs: number;
  note?: string | null;
}

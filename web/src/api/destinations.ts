/** Event destinations: where a project's events are sent, and what came of it. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client.ts";
import type { Items, Json, JsonObject } from "./json.ts";
import { at } from "./queries.ts";

/** What can be sent, and what it means. */
export const EVENTS = {
  "run.failed": "A run failed after its last retry",
  "run.inDoubt": "A run waits for a person's decision",
  "credential.invalid": "An account must be connected again",
  "integration.connected": "A user connected an account",
  "integration.disconnected": "A user disconnected an account",
  "workflow.enabled": "A workflow was switched on for a user",
  "workflow.disabled": "A workflow was switched off for a user",
  "workflow.deployed": "A version of a workflow was deployed",
  "workflow.undeployed": "A workflow was undeployed",
  "destination.disabled": "Another event destination was disabled",
  "sync.changed": "Records of a sync changed",
  "sync.conflict": "Both sides of a sync changed the same field",
  "sync.failed": "A sync failed",
} as const;

export type EventName = keyof typeof EVENTS;

export interface EventDestination {
  id: string;
  name: string;
  kind: "webhook" | "email";
  url?: string | null;
  to?: string[] | null;
  events: EventName[];
  workflowIds: string[];
  /** Names of a webhook's own headers; their values are not shown. */
  headers: string[];
  /** What a webhook's body is made of; absent where that is the event itself. */
  payload?: Json | null;
  enabled: boolean;
  disabledReason?: string | null;
  failures: number;
  disabledAfter: number;
  pausedUntil?: string | null;
  pending: number;
  createdAt: string;
}

export interface NewEventDestination extends EventDestination {
  secret?: string | null;
}

export interface EventDestinationTest {
  ok: boolean;
  event: EventName;
  status?: number | null;
  answer?: string | null;
  error?: string | null;
  durationMs: number;
  /** The body that was posted. */
  sent?: Json | null;
}

export type DeliveryState = "pending" | "delivered" | "failed" | "dropped";

export interface EventAttempt {
  at: string;
  status?: number | null;
  answer?: string | null;
  error?: string | null;
  durationMs: number;
}

export interface EventDelivery {
  eventId: string;
  event: EventName;
  data: JsonObject;
  happenedAt: string;
  state: DeliveryState;
  attempts: number;
  nextAttemptAt?: string | null;
  lastAttempt?: EventAttempt | null;
}

export const eventDestinationsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "event-destinations", "list"],
    queryFn: async () => (await call<Items<EventDestination>>("GET", `${at(p)}/event-destinations`)).items,
    refetchInterval: 5000,
  });

export const eventDeliveriesQuery = (p: string, id: string, state: string) =>
  infiniteQueryOptions({
    queryKey: [p, "event-destinations", id, "deliveries", state],
    queryFn: ({ pageParam }) =>
      call<Items<EventDelivery>>(
        "GET",
        `${at(p)}/event-destinations/${id}/deliveries${query({ state, cursor: pageParam, limit: 25 })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor,
    refetchInterval: 3000,
  });

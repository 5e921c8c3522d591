/** Event destinations: where a project's events are sent, and what came of it. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, query } from "./client.ts";
import type { Items, Json, JsonObject } from "./json.ts";
import { at } from "./queries.ts";

/** What can be sent. */
export type EventName =
  | "run.failed"
  | "run.inDoubt"
  | "credential.invalid"
  | "integration.connected"
  | "integration.disconnected"
  | "workflow.enabled"
  | "workflow.disabled"
  | "workflow.deployed"
  | "workflow.undeployed"
  | "destination.disabled"
  | "sync.changed"
  | "sync.conflict"
  | "sync.failed";

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

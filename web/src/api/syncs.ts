/** Records that are kept the same, and how far each account is. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";
import type { Items } from "./json.ts";
import { at } from "./queries.ts";

export interface Sync {
  id: string;
  name: string;
  integrationId: string;
  object: string;
  direction: "read" | "both";
  fields: string[];
  conflict: "newest" | "provider" | "app";
  everyMinutes: number;
  checkHours: number;
  enabled: boolean;
}

export interface SyncCheck {
  at: string;
  records: number;
  missing: number;
  differing: number;
  surplus: number;
}

export interface SyncStatus {
  credentialId: string;
  connectedUserId: string;
  userId?: string | null;
  state: "loading" | "active" | "checking" | "failed" | "paused" | "off";
  paused: boolean;
  records: number;
  pending: number;
  refused: number;
  conflicts: number;
  read: number;
  lastPassAt?: string | null;
  nextPassAt: string;
  error?: { code: string; message: string } | null;
  check?: SyncCheck | null;
}

export const syncsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "syncs"],
    queryFn: async () => (await call<Items<Sync>>("GET", `${at(p)}/syncs`)).items,
  });

export const syncAccountsQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "syncs", id, "accounts"],
    queryFn: () => call<Items<SyncStatus>>("GET", `${at(p)}/syncs/${id}/accounts?limit=100`),
    refetchInterval: 3000,
  });

/** Releases: one project's workflows promoted into another. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";
import type { Items } from "./json.ts";
import { at } from "./queries.ts";

export interface ReleaseSettings {
  readOnly: boolean;
}

export interface ReleaseChange {
  action: "add" | "change" | "remove";
  what: string;
  name: string;
  fields: string[];
  users: number;
}

export interface ReleasePreview {
  changes: ReleaseChange[];
  problems: string[];
  messages: { level: "warning" | "information"; text: string }[];
}

export interface Release {
  id: string;
  number: number;
  sourceProjectId: string;
  sourceProjectName: string;
  message: string;
  changes: ReleaseChange[];
  backTo?: number | null;
  releasedBy: string;
  releasedAt: string;
}

export const releaseSettingsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "release-settings"],
    queryFn: () => call<ReleaseSettings>("GET", `${at(p)}/release-settings`),
  });

export const releasesQuery = (p: string, cursor?: string) =>
  queryOptions({
    queryKey: [p, "releases", cursor ?? ""],
    queryFn: () => call<Items<Release>>("GET", `${at(p)}/releases${cursor ? `?cursor=${cursor}` : ""}`),
  });

export const releasePreviewQuery = (p: string, source: string) =>
  queryOptions({
    queryKey: [p, "releases", "preview", source],
    queryFn: () => call<ReleasePreview>("POST", `${at(p)}/releases/preview`, { sourceProjectId: source }),
    enabled: source !== "",
    refetchOnWindowFocus: false,
  });

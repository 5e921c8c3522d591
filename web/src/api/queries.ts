/** Every read of the dashboard, defined once: key, address, shape. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, query, setCsrfToken } from "./client.ts";
import type { Connector, ConnectorCard } from "./connectors.ts";
import type { Definition } from "./definition.ts";
import type { AppEvents, ReceivedEvent } from "./events.ts";
import type { HookDelivery, RunFilter, RunPage, RunQuery } from "./history.ts";
import type { CustomManifest, Integration } from "./integrations.ts";
import type { Items } from "./json.ts";
import type { ApiKey, SigningKey } from "./keys.ts";
import type { AccountQuota, Overview } from "./overview.ts";
import type { Run, RunDetail } from "./runs.ts";
import type { Checklist, Project, Session } from "./session.ts";
import type { AuditEntry, Invitation, Secret, TeamMember } from "./team.ts";
import type { HookRegistration } from "./triggers.ts";
import type { User, UserDetail } from "./users.ts";
import type { Forecast, Pin, Version, VersionDetail, Workflow, WorkflowSummary } from "./workflows.ts";

export function at(projectId: string): string {
  return `/projects/${projectId}`;
}

async function items<T>(path: string): Promise<T[]> {
  return (await call<Items<T>>("GET", path)).items;
}

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: () => call<{ needed: boolean }>("GET", "/setup"),
});

export async function loadSession(): Promise<Session> {
  const session = await call<Session>("GET", "/session");
  setCsrfToken(session.csrfToken);
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: loadSession,
  staleTime: 60_000,
  retry: false,
});

export const projectQuery = (p: string) =>
  queryOptions({ queryKey: [p, "project"], queryFn: () => call<Project>("GET", at(p)) });

export const checklistQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "checklist"],
    queryFn: () => call<Checklist>("GET", `${at(p)}/checklist`),
    refetchInterval: 3000,
  });

export const connectorsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "connectors"],
    queryFn: () => items<ConnectorCard>(`${at(p)}/connectors`),
  });

/** A connector that a project can use: the server's, or its own. */
export const connectorQuery = (p: string, type: string) =>
  queryOptions({
    queryKey: ["connector", p, type],
    queryFn: () => call<Connector>("GET", `${at(p)}/connectors/${encodeURIComponent(type)}`),
    staleTime: 300_000,
    enabled: type !== "",
  });

export const integrationsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "integrations"],
    queryFn: () => items<Integration>(`${at(p)}/integrations`),
  });

export const integrationQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "integrations", id],
    queryFn: () => call<Integration>("GET", `${at(p)}/integrations/${id}`),
  });

/** What a connector of the project's own is made of. */
export const customManifestQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "integrations", id, "manifest"],
    queryFn: () => call<CustomManifest>("GET", `${at(p)}/custom-integrations/${id}`),
  });

export const quotasQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "quotas"],
    queryFn: () => items<AccountQuota>(`${at(p)}/quotas`),
    refetchInterval: 5000,
  });

export const pinsQuery = (p: string, workflowId: string) =>
  queryOptions({
    queryKey: [p, "workflows", workflowId, "pins"],
    queryFn: () => items<Pin>(`${at(p)}/workflows/${workflowId}/pins`),
  });

export const workflowsQuery = (p: string, integrationId?: string) =>
  queryOptions({
    queryKey: [p, "workflows", "list", integrationId ?? "all"],
    queryFn: () => items<WorkflowSummary>(`${at(p)}/workflows${query({ integrationId })}`),
  });

export const workflowQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "workflows", id],
    queryFn: () => call<Workflow>("GET", `${at(p)}/workflows/${id}`),
  });

export const hookRegistrationsQuery = (p: string, workflowId: string) =>
  queryOptions({
    queryKey: [p, "hook-registrations", workflowId],
    queryFn: () => items<HookRegistration>(`${at(p)}/hook-registrations?workflowId=${workflowId}`),
    refetchInterval: 3000,
  });

export const versionsQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "workflows", id, "versions"],
    queryFn: () => items<Version>(`${at(p)}/workflows/${id}/versions`),
  });

export const versionQuery = (p: string, id: string, number: number) =>
  queryOptions({
    queryKey: [p, "workflows", id, "versions", number],
    queryFn: () => call<VersionDetail>("GET", `${at(p)}/workflows/${id}/versions/${number}`),
    // A version never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What the draft, as it is saved, would have sent for the runs there were. */
export const forecastQuery = (p: string, id: string, draft: Definition) =>
  queryOptions({
    queryKey: [p, "workflows", id, "forecast", draft],
    queryFn: () => call<Forecast>("POST", `${at(p)}/workflows/${id}/forecast`, {}),
    refetchOnWindowFocus: false,
  });

export const appEventsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "app-events"],
    queryFn: () => call<AppEvents>("GET", `${at(p)}/app-events`),
  });

export const receivedEventsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "received-events"],
    queryFn: () => items<ReceivedEvent>(`${at(p)}/received-events`),
    refetchInterval: 3000,
  });

export interface EventFilter {
  kind?: string | undefined;
  name?: string | undefined;
  unused?: string | undefined;
  cursor?: string | undefined;
}

export const eventHistoryQuery = (p: string, filter: EventFilter) =>
  queryOptions({
    queryKey: [p, "received-events", "history", filter],
    queryFn: () => call<Items<ReceivedEvent>>("GET", `${at(p)}/received-events${query(filter)}`),
    placeholderData: keepPreviousData,
    refetchInterval: filter.cursor ? false : 3000,
  });

export const hookDeliveriesQuery = (p: string, cursor?: string) =>
  queryOptions({
    queryKey: [p, "hook-deliveries", cursor ?? ""],
    queryFn: () => call<Items<HookDelivery>>("GET", `${at(p)}/hooks/deliveries${query({ cursor })}`),
    placeholderData: keepPreviousData,
    refetchInterval: cursor ? false : 3000,
  });

export const signingKeysQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "signing-keys"],
    queryFn: () => items<SigningKey>(`${at(p)}/signing-keys`),
  });

export const secretsQuery = (p: string) =>
  queryOptions({ queryKey: [p, "secrets"], queryFn: () => items<Secret>(`${at(p)}/secrets`) });

export const teamQuery = (p: string) =>
  queryOptions({ queryKey: [p, "members"], queryFn: () => items<TeamMember>(`${at(p)}/members`) });

export const invitationsQuery = (p: string) =>
  queryOptions({ queryKey: [p, "invitations"], queryFn: () => items<Invitation>(`${at(p)}/invitations`) });

export const auditLogQuery = (p: string, cursor?: string) =>
  queryOptions({
    queryKey: [p, "audit-log", cursor ?? ""],
    queryFn: () => call<Items<AuditEntry>>("GET", `${at(p)}/audit-log${query({ cursor })}`),
    placeholderData: keepPreviousData,
  });

export const overviewQuery = (p: string, period: string) =>
  queryOptions({
    queryKey: [p, "overview", period],
    queryFn: () => call<Overview>("GET", `${at(p)}/overview${query({ period })}`),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

export const apiKeysQuery = (p: string) =>
  queryOptions({ queryKey: [p, "api-keys"], queryFn: () => items<ApiKey>(`${at(p)}/api-keys`) });

export const usersQuery = (p: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [p, "users", "list", search],
    queryFn: ({ pageParam }) =>
      call<Items<User>>("GET", `${at(p)}/users${query({ search, cursor: pageParam })}`),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextCursor,
    // A list keeps its place while the next filter's answer is on its way.
    placeholderData: keepPreviousData,
  });

export const userQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "users", id],
    queryFn: () => call<UserDetail>("GET", `${at(p)}/users/${id}`),
    refetchInterval: 3000,
  });

export const runsQuery = (p: string, filter: RunFilter) => {
  const { cursor, ...rest } = filter;
  return queryOptions({
    queryKey: [p, "runs", "list", filter],
    queryFn: () => call<RunPage>("GET", `${at(p)}/runs${query({ ...withPeriod(rest), cursor, limit: 50 })}`),
    // A list keeps its place while the next filter's answer is on its way.
    placeholderData: keepPreviousData,
    // The newest page keeps itself fresh, while it is visible: the query library stops in a hidden tab.
    refetchInterval: cursor ? false : 2000,
  });
};

const HOURS: Record<string, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

/** A period that ends now, as the server wants it: a moment. */
export function withPeriod({ period, cursor: _, ...rest }: RunFilter): RunQuery {
  const hours = HOURS[period ?? ""];
  if (hours === undefined) return rest;
  return { ...rest, after: new Date(Date.now() - hours * 3_600_000).toISOString() };
}

export const latestRunsQuery = (p: string) =>
  queryOptions({
    queryKey: [p, "runs", "latest"],
    queryFn: () => items<Run>(`${at(p)}/runs${query({ limit: 8 })}`),
    refetchInterval: 3000,
  });

export const runQuery = (p: string, id: string) =>
  queryOptions({
    queryKey: [p, "runs", id],
    queryFn: () => call<RunDetail>("GET", `${at(p)}/runs/${id}`),
    refetchInterval: (q) => (isFinal(q.state.data?.state) ? false : 1500),
  });

export function isFinal(state: string | undefined): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled" || state === "skipped";
}

/** Which project the address names, and who is signed in. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { sessionQuery } from "../api/queries.ts";
import type { Session } from "../api/session.ts";

export function useProjectId(): string {
  return useParams({ strict: false }).projectId ?? "";
}

/** Pages below a project are shown with a session only, so what is missing here is a moment's gap. */
export function useSession(): Session | undefined {
  return useQuery(sessionQuery).data;
}

export function usePublicUrl(): string {
  return useSession()?.server.publicUrl ?? window.location.origin;
}

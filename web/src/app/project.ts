/** Which project the address names, and who is signed in. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { sessionQuery } from "../api/queries.ts";
import type { Role, Session } from "../api/session.ts";

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

const ROLES: readonly Role[] = ["support", "member", "admin"];

/** Whether the signed-in member may what takes this role. The server decides; this spares people a refusal. */
export function useMay(role: Role): boolean {
  const projectId = useProjectId();
  const mine = useSession()?.projects.find((project) => project.id === projectId)?.role;
  return mine === undefined || ROLES.indexOf(mine) >= ROLES.indexOf(role);
}

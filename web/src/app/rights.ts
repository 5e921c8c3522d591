/**
 * What takes which role. The server decides at every door; this copy of its table spares people a refusal, and is
 * the one place that says why something cannot be done.
 */
import { createContext, useContext } from "react";
import type { Role } from "../api/session.ts";
import { appText } from "../texts/app.ts";
import { commonText } from "../texts/common.ts";

export type Right =
  /** Connected users, their accounts, their runs. */
  | "help"
  /** Integrations, workflows, App Events, signing keys, the project. */
  | "build"
  /** What releases bring of that: integrations, workflows, App Events. In some projects releases alone change it. */
  | "design"
  /** Secrets, API keys, event destinations, team, audit log, project file. */
  | "administer";

const NEEDED: Record<Right, Role> = {
  help: "support",
  build: "member",
  design: "member",
  administer: "admin",
};
const ORDER: readonly Role[] = ["support", "member", "admin"];

export interface Permission {
  ok: boolean;
  /** For people, of a button; empty where it is allowed. */
  reason: string;
  /** The same of a page or a workflow that can be read. */
  changing: string;
}

const ALLOWED: Permission = { ok: true, reason: "", changing: "" };

const RELEASED: Permission = {
  ok: false,
  reason: appText.rights.released,
  changing: appText.rights.releasedChanging,
};

export function permission(mine: Role | undefined, right: Right, isReleased = false): Permission {
  if (isReleased && right === "design") return RELEASED;
  const needed = NEEDED[right];
  // While the session is being read nothing is refused: the server does that.
  if (mine === undefined || ORDER.indexOf(mine) >= ORDER.indexOf(needed)) return ALLOWED;
  const [takes, has] = [commonText.roles[needed].title, commonText.roles[mine].title];
  return {
    ok: false,
    reason: appText.rights.role(takes, has),
    changing: appText.rights.roleChanging(takes, has),
  };
}

/** The signed-in member's role in the project that is open; the frame around its pages says it. */
export const RoleContext = createContext<Role | undefined>(undefined);

/** Whether releases alone change the project that is open. */
export const ReleasedContext = createContext(false);

/** Whether the signed-in member may do this in the project that is open. */
export function useMay(right: Right): Permission {
  return permission(useContext(RoleContext), right, useContext(ReleasedContext));
}

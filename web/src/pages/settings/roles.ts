/** The roles in words. What they may is decided by the server. */
import type { Role } from "../../api/session.ts";

export const ROLES: Record<Role, { title: string; may: string }> = {
  support: { title: "Support", may: "looks at everything, helps users, cancels and replays runs." },
  member: { title: "Member", may: "also builds integrations, workflows, App Events and signing keys." },
  admin: { title: "Admin", may: "also manages secrets, API keys and the team, and reads the audit log." },
};

export function isRole(value: string | null): value is Role {
  return value !== null && value in ROLES;
}

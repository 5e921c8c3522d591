/** Shapes of a project's team, secrets and audit log. */
import type { Role } from "./session.ts";

export interface Secret {
  name: string;
  updatedAt: string;
  usedBy: { workflowId: string; name: string; deployed: boolean }[];
}

export interface TeamMember {
  id: string;
  name: string;
  email: string;
  role: Role;
  createdAt: string;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
}

export interface NewInvitation extends Invitation {
  link: string;
}

export interface InvitationPreview {
  project: string;
  email: string;
  role: Role;
  invitedBy: string;
  hasAccount: boolean;
}

export interface AuditEntry {
  id: string;
  actor: { kind: string; id: string; name: string };
  operation: string;
  title: string;
  subject?: { id: string; name?: string | null } | null;
  at: string;
}

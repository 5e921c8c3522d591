/** Shapes of who is signed in, and of the project. */
import type { JsonObject } from "./json.ts";

export type Role = "support" | "member" | "admin";

export interface Session {
  member: { id: string; name: string; email: string };
  csrfToken: string;
  projects: { id: string; name: string; role: Role }[];
  server: { version: string; publicUrl: string; redirectUrl: string; demo: boolean };
}

export interface Project {
  id: string;
  name: string;
  allowedOrigins: string[];
  userMetadata: JsonObject;
  /** Null where runs are kept for good. */
  retentionSeconds?: number | null;
  createdAt: string;
}

export interface Checklist {
  credentials: boolean;
  appEvent: boolean;
  workflow: boolean;
  deployed: boolean;
  signingKey: boolean;
  tokenSeen: boolean;
  userConnected: boolean;
  eventReceived: boolean;
  counts: { runs: number; succeeded: number; failed: number; users: number };
}

/** What applying a project file did, or would do. */
export interface AppliedFile {
  fileProject: string;
  changes: { action: "add" | "change" | "remove"; what: string; name: string; fields?: string[] }[];
  notes: string[];
}

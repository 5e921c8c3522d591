/** Shapes of connected users. */
import type { JsonObject } from "./json.ts";

export interface UserAccount {
  integrationType: string;
  status: string;
  label?: string | null;
  credentialId: string;
}

export interface User {
  id: string;
  userId: string;
  name?: string | null;
  email?: string | null;
  disabled: boolean;
  accounts: UserAccount[];
  workflowsOn: number;
  createdAt: string;
  lastSeenAt?: string | null;
}

export interface UserConfiguration {
  id: string;
  isDefault: boolean;
  settings: JsonObject;
  workflows: { workflowId: string; name: string; enabled: boolean; permitted: boolean }[];
}

export interface UserDetail extends Omit<User, "accounts"> {
  metadata: JsonObject;
  accounts: (UserAccount & {
    integrationId: string;
    externalId?: string | null;
    providerId?: string | null;
    statusReason?: string | null;
    scopes?: string[];
    connectedAt?: string | null;
    refreshedAt?: string | null;
    configurations: UserConfiguration[];
  })[];
  why: {
    tokenSeen: boolean;
    accountConnected: boolean;
    workflowOn: boolean;
    eventReceived: boolean;
    runStarted: boolean;
    runSucceeded: boolean;
  };
}

/** What came of deleting a user. */
export interface RemovedUser {
  id: string;
  userId: string;
  accounts: {
    credentialId: string;
    integrationType: string;
    revocation: "revoked" | "notOffered" | "failed";
    message?: string | null;
  }[];
  removed: Record<
    | "connectedUsers"
    | "credentials"
    | "configurations"
    | "enablements"
    | "connectSessions"
    | "pollCursors"
    | "webhookDeliveries"
    | "hookRegistrations"
    | "pins"
    | "syncRecords"
    | "syncAccounts"
    | "receivedEvents"
    | "idempotencyKeys"
    | "runs"
    | "journal",
    number
  >;
  left: number;
}

/** Stands for a user token while somebody of the team acts as the user. */
export interface PreviewToken {
  token: string;
  expiresAt: string;
  userId: string;
}

/** The mock's memory: one project, filled or as good as empty. */
import type { AppEvent } from "../src/api/events.ts";
import type { Integration } from "../src/api/integrations.ts";
import type { ApiKey, SigningKey } from "../src/api/keys.ts";
import type { RunDetail } from "../src/api/runs.ts";
import type { Project } from "../src/api/session.ts";
import type { UserDetail } from "../src/api/users.ts";
import type { Workflow } from "../src/api/workflows.ts";
import * as seed from "./seed.ts";

export interface MockState {
  signedIn: boolean;
  setupNeeded: boolean;
  projects: Project[];
  integrations: Integration[];
  workflows: Workflow[];
  events: AppEvent[];
  signingKeys: SigningKey[];
  apiKeys: ApiKey[];
  users: UserDetail[];
  runs: RunDetail[];
  seenToken: boolean;
}

export function emptyState(): MockState {
  return {
    signedIn: true,
    setupNeeded: false,
    projects: [
      {
        id: seed.MOCK_PROJECT_ID,
        name: "Acme CRM",
        allowedOrigins: [],
        userMetadata: { Name: "Ann", plan: "pro" },
        retentionSeconds: 90 * 86_400,
        createdAt: new Date().toISOString(),
      },
    ],
    integrations: [],
    workflows: [],
    events: [],
    signingKeys: [],
    apiKeys: [],
    users: [],
    runs: [],
    seenToken: false,
  };
}

export function filledState(): MockState {
  return structuredClone({
    ...emptyState(),
    integrations: [seed.integration],
    workflows: [seed.workflow],
    events: [seed.appEvent],
    users: seed.users,
    runs: seed.runs,
    seenToken: true,
    signingKeys: [
      {
        id: "k1",
        name: "Backend",
        kid: "vX3nYt0l2mP9sQ7rTzWbKc5dEfGhJiLoUuAaSsDd",
        fingerprint: "SHA256:3c:9a:11:de:ad:be:ef:00:42",
        publicKey: "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----",
        createdAt: new Date(Date.now() - 86_400_000).toISOString(),
        lastUsedAt: new Date(Date.now() - 120_000).toISOString(),
      },
    ],
  });
}

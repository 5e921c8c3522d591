/** The pages of Settings, by their part of the address. */
export const settingsTabs: Record<string, string> = {
  general: "General",
  "signing-keys": "Signing keys",
  "test-tokens": "Test tokens",
  secrets: "Secrets",
  "api-keys": "API keys",
  "project-file": "Project file",
  "event-destinations": "Event destinations",
  releases: "Releases",
  team: "Team",
  "audit-log": "Audit log",
};

/** What a trigger of each kind is called here. */
export const TRIGGERS: Record<string, string> = {
  appEvent: "App Event",
  request: "Request",
  schedule: "Schedule",
  integrationEnabled: "Integration Enabled",
  provider: "Provider event",
  webhook: "Webhook",
};

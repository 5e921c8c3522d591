/** What people read about a trigger, whatever its kind. */
import type { ConnectorTrigger } from "../../api/connectors.ts";
import type { AppEvent } from "../../api/events.ts";
import type { Json } from "../../api/json.ts";
import type { RequestField, Trigger } from "../../api/triggers.ts";
import { scheduleText } from "./schedule.ts";

export const TRIGGER_KINDS = [
  { value: "appEvent", label: "App Event" },
  { value: "request", label: "Request" },
  { value: "schedule", label: "Schedule" },
  { value: "integrationEnabled", label: "Integration Enabled" },
  { value: "provider", label: "Provider event" },
  { value: "webhook", label: "Webhook" },
] as const;

export type TriggerKind = (typeof TRIGGER_KINDS)[number]["value"];

/** While nothing is chosen it counts as an App Event that is not chosen yet. */
export function triggerKind(trigger: Trigger | null): TriggerKind {
  return TRIGGER_KINDS.find(({ value }) => trigger?.[value] !== undefined)?.value ?? "appEvent";
}

/** What a trigger begins with once its kind is chosen. */
export function startOfTrigger(kind: TriggerKind): Trigger | null {
  switch (kind) {
    case "appEvent":
      return null;
    case "request":
      return { request: {} };
    case "schedule":
      return { schedule: { cron: "0 0 9 * * *", timeZone: "UTC" } };
    case "integrationEnabled":
      return { integrationEnabled: {} };
    case "provider":
      return { provider: { event: "", inputs: {} } };
    case "webhook":
      return { webhook: { name: "Webhook" } };
  }
}

export interface TriggerText {
  title: string;
  summary: string;
  /** What starts the workflow, in a sentence. */
  about: string;
}

const APP_EVENT = {
  title: "App Event",
  about: "The workflow starts when your app sends this App Event for a user who has the workflow on.",
};

export function triggerText(trigger: Trigger | null | undefined): TriggerText {
  if (trigger?.request) {
    const { params = {}, headers = {}, body = {} } = trigger.request.validate ?? {};
    const checked = [...Object.keys(params), ...Object.keys(headers), ...Object.keys(body)];
    return {
      title: "Request",
      summary: checked.length > 0 ? `Checks ${checked.join(", ")}` : "Any request",
      about: "The workflow starts when your app sends a request to its own address for a user who has it on.",
    };
  }
  if (trigger?.schedule) {
    const { cron, timeZone } = trigger.schedule;
    return {
      title: "Schedule",
      summary: `${scheduleText(cron)} (${timeZone.includes("{{") ? "each user's time zone" : timeZone})`,
      about: "The workflow starts at these times, once for each configuration that has it on.",
    };
  }
  if (trigger?.integrationEnabled) {
    return {
      title: "Integration Enabled",
      summary: "An account was connected",
      about:
        "The workflow starts once for each configuration, when its account is connected and the required settings are filled in.",
    };
  }
  if (trigger?.provider) {
    return {
      title: "Provider event",
      summary: trigger.provider.event || "Choose an event",
      about: "The workflow starts when this happens at the provider.",
    };
  }
  if (trigger?.webhook) {
    return {
      title: "Webhook",
      summary: trigger.webhook.name,
      about: "The workflow starts with a webhook of your own.",
    };
  }
  return { ...APP_EVENT, summary: trigger?.appEvent ?? "Choose an App Event" };
}

/** Whether the trigger is one that the form here can change. */
export function isAppEvent(trigger: Trigger | null): boolean {
  return trigger === null || trigger.appEvent !== undefined;
}

/** An example of what steps see as `trigger`. */
export function triggerExample(
  trigger: Trigger | null,
  events: AppEvent[],
  provider: ConnectorTrigger[],
): { [name: string]: Json } | undefined {
  if (trigger?.request) {
    const { params = {}, headers = {}, body = {} } = trigger.request.validate ?? {};
    const named = (
      fields: Record<string, RequestField>,
      name: (given: string) => string = (given) => given,
    ) => Object.fromEntries(Object.entries(fields).map(([field, of]) => [name(field), exampleOf(of)]));
    return {
      body: named(body),
      headers: named(headers, (field) => field.toLowerCase()),
      params: named(params),
    };
  }
  if (trigger?.schedule) {
    const { timeZone } = trigger.schedule;
    return { scheduledFor: "2030-01-01T09:00:00.000Z", timeZone: timeZone.includes("{{") ? "UTC" : timeZone };
  }
  if (trigger?.provider) return provider.find((event) => event.name === trigger.provider?.event)?.example;
  if (trigger?.webhook) return { body: {}, headers: {}, params: {} };
  return events.find((event) => event.name === trigger?.appEvent)?.example;
}

function exampleOf({ type, value }: RequestField): Json {
  switch (type) {
    case "number":
      return 1;
    case "boolean":
      return true;
    case "object":
      return {};
    case "array":
      return [];
    default:
      return value ?? "";
  }
}

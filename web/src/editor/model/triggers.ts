/** What people read about a trigger, whatever its kind. */
import type { ConnectorTrigger } from "../../api/connectors.ts";
import type { AppEvent } from "../../api/events.ts";
import type { Json } from "../../api/json.ts";
import type { RequestField, Trigger } from "../../api/triggers.ts";
import { triggersText } from "../../texts/triggers.ts";
import { scheduleText } from "./schedule.ts";

/** In the order of the menu. */
export const TRIGGER_KINDS = [
  "appEvent",
  "request",
  "schedule",
  "integrationEnabled",
  "provider",
  "webhook",
] as const;

export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** While nothing is chosen it counts as an App Event that is not chosen yet. */
export function triggerKind(trigger: Trigger | null): TriggerKind {
  return TRIGGER_KINDS.find((kind) => trigger?.[kind] !== undefined) ?? "appEvent";
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
      return { webhook: { name: triggersText.webhook.title } };
  }
}

export interface TriggerText {
  title: string;
  summary: string;
  /** What starts the workflow, in a sentence. */
  about: string;
}

export function triggerText(trigger: Trigger | null | undefined): TriggerText {
  if (trigger?.request) {
    const { params = {}, headers = {}, body = {} } = trigger.request.validate ?? {};
    const checked = [...Object.keys(params), ...Object.keys(headers), ...Object.keys(body)];
    const { any, checks, ...texts } = triggersText.request;
    return { ...texts, summary: checked.length > 0 ? checks(checked) : any };
  }
  if (trigger?.schedule) {
    const { cron, timeZone } = trigger.schedule;
    const { summary, zoneOfUser, ...texts } = triggersText.schedule;
    const zone = timeZone.includes("{{") ? zoneOfUser : timeZone;
    return { ...texts, summary: summary(scheduleText(cron), zone) };
  }
  if (trigger?.integrationEnabled) return triggersText.integrationEnabled;
  if (trigger?.provider) {
    const { notChosen, ...texts } = triggersText.provider;
    return { ...texts, summary: trigger.provider.event || notChosen };
  }
  if (trigger?.webhook) return { ...triggersText.webhook, summary: trigger.webhook.name };
  const { notChosen, ...texts } = triggersText.appEvent;
  return { ...texts, summary: trigger?.appEvent ?? notChosen };
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

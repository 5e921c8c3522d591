/** What people read about a trigger, whatever its kind. */
import type { AppEvent, Json, Trigger } from "../../api/types.ts";

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
      summary: `${cron} (${timeZone})`,
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
      summary: trigger.provider.event,
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
): { [name: string]: Json } | undefined {
  if (trigger?.request) {
    const { params = {}, headers = {}, body = {} } = trigger.request.validate ?? {};
    const named = (fields: object, name: (given: string) => string = (given) => given) =>
      Object.fromEntries(Object.keys(fields).map((field) => [name(field), ""]));
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
  return events.find((event) => event.name === trigger?.appEvent)?.example;
}

/** Bodies that known receivers take, and the headers that they want. */
import type { JsonObject } from "../../../api/json.ts";

export interface PayloadPreset {
  title: string;
  /** Headers to give a value; names alone. */
  headers: string[];
  payload: JsonObject;
}

const WHAT =
  "{{ event.type }} in {{ event.project.name }}: {{ event.data.workflow.name | default(event.data.integration.type) }} {{ event.data.error.message }}";

export const PRESETS: Record<string, PayloadPreset> = {
  slack: {
    title: "Slack",
    headers: [],
    payload: { text: `${WHAT} <{{ event.url }}|Look>` },
  },
  datadog: {
    title: "Datadog",
    headers: ["DD-API-KEY"],
    payload: {
      title: "{{ event.type }} in {{ event.project.name }}",
      text: `${WHAT} {{ event.url }}`,
      alert_type: "error",
      aggregation_key: "{{ event.data.workflow.id }}",
      tags: ["source:linchpin", "event:{{ event.type }}", "workflow:{{ event.data.workflow.name }}"],
    },
  },
  newRelic: {
    title: "New Relic",
    headers: ["Api-Key"],
    payload: {
      message: WHAT,
      attributes: {
        service: "linchpin",
        event: "{{ event.type }}",
        url: "{{ event.url }}",
        data: "{{ event.data }}",
      },
    },
  },
  sentry: {
    title: "Sentry",
    headers: ["X-Sentry-Auth"],
    payload: {
      message: WHAT,
      level: "error",
      platform: "other",
      logger: "linchpin",
      tags: { event: "{{ event.type }}", workflow: "{{ event.data.workflow.name }}" },
      extra: { url: "{{ event.url }}", data: "{{ event.data }}" },
    },
  },
};

/** Shapes of what connectors offer. */
import type { Json, JsonObject } from "./json.ts";

export interface ConnectorCard {
  type: string;
  name: string;
  description: string;
  brandColor?: string;
  iconUrl: string;
  integrationId?: string | null;
  state: "not_set_up" | "inactive" | "active";
}

export type FieldType = "text" | "number" | "boolean" | "textarea" | "enum" | "json";

export interface ActionField {
  name: string;
  title: string;
  type: FieldType;
  required: boolean;
  placeholder?: string | null;
  help?: string | null;
  options?: { value: string; label: string }[] | null;
  /** Where values out of a user's account come from, and the inputs that must be chosen before. */
  source?: { name: string; parameters: string[] };
}

export interface ConnectorAction {
  name: string;
  title: string;
  group: string;
  description: string;
  writes: boolean;
  additionalFields: boolean;
  fields: ActionField[];
  /** A sample of the output, where the connector has one. */
  example?: Json;
}

export interface Connector {
  type: string;
  name: string;
  description: string;
  overview: string;
  brandColor?: string;
  apiVersions: string[];
  defaultApiVersion: string;
  baseUrls: Record<string, string>;
  scopes: { name: string; description: string }[];
  defaultScopes: string[];
  auth: { name: string; title?: string | null; scheme: string; needsApp: boolean; asks: string[] }[];
  actions: ConnectorAction[];
  triggers: ConnectorTrigger[];
  /** What settings can offer from the customer's account. */
  settingSources: SettingSource[];
  /** The records that syncs can keep the same. */
  syncs: { name: string; title: string; description: string }[];
}

export interface ConnectorTrigger {
  name: string;
  title: string;
  group: string;
  description: string;
  model: string;
  scopes: string[];
  fields: ActionField[];
  example: JsonObject;
}

export interface SettingSource {
  name: string;
  title: string;
  kind: "list" | "combination" | "dynamicCombination" | "fieldMapping";
  dependsOn: string[];
}

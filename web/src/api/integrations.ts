/** Shapes of a connector that is set up in a project. */
import type { Json } from "./json.ts";

export interface PortalSettings {
  description?: string | null;
  overview?: string | null;
  accentColor?: string | null;
  theme?: "light" | "dark" | "system" | null;
  branding?: boolean | null;
}

export interface SettingInput {
  id: string;
  type?: string;
  title?: string;
  [more: string]: Json | undefined;
}

export interface Integration {
  id: string;
  type: string;
  name: string;
  iconUrl: string;
  active: boolean;
  custom: boolean;
  needsApp: boolean;
  clientId: string | null;
  hasClientSecret: boolean;
  scopes: string[];
  optionalScopes: string[];
  apiVersion: string | null;
  baseUrls: Record<string, string>;
  redirectUrl: string;
  /** The target of the provider's webhooks; absent where it sends none. */
  webhookUrl?: string;
  portal: PortalSettings;
  settings: SettingInput[];
  connectedUsers: number;
  createdAt: string;
  updatedAt: string;
}

export type IntegrationPatch = Partial<
  Pick<
    Integration,
    "active" | "clientId" | "scopes" | "optionalScopes" | "apiVersion" | "baseUrls" | "portal" | "settings"
  >
> & { clientSecret?: string | null };

/** What the provider said of client id and secret. */
export interface TestedCredentials {
  outcome: "known" | "unknown" | "redirectUrl" | "unclear" | "unreachable";
  checked: string;
  notChecked: string;
  answer: string;
}

/** What a connector of the project's own is made of. */
export interface CustomManifest {
  type: string;
  manifest: string;
}

export interface CheckedManifest {
  problems: { line: number; column: number; field: string; message: string }[];
  type?: string | null;
  name?: string | null;
  actions: number;
  triggers: number;
}

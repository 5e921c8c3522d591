/** A project file with one workflow that maps the tutorial's five fields. YAML is a superset of JSON. */
import { writeFileSync } from "node:fs";

interface ProjectOptions {
  project: string;
  publicKey: string;
  /** The simulator's address. */
  provider: string;
  allowedOrigins?: string[];
  defaultEnabled?: boolean;
  connectedUsers?: Record<string, unknown>;
  workflows?: Record<string, unknown>;
  /** User settings of the integration. */
  settings?: unknown[];
  /** The provider's API version, where it is not the connector's default. */
  apiVersion?: string;
  /** What the app asks for, where that is not the tutorial's. */
  scopes?: string[];
  /** How the Connect Portal looks. */
  portal?: Record<string, unknown>;
}

export const EXAMPLE = {
  first_name: "Buddha",
  last_name: "Samuel",
  email: "buddha@example.com",
  company: "Acme",
  title: "Dog",
};

export const SCOPES = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"];

export function syncContacts(more: Record<string, unknown> = {}) {
  return {
    description: "Creates a HubSpot contact for every new lead",
    trigger: { appEvent: "Contact Created" },
    steps: [
      {
        create_contact: {
          title: "Create contact",
          action: "contacts.create",
          inputs: {
            email: "{{ trigger.email }}",
            firstname: "{{ trigger.first_name }}",
            lastname: "{{ trigger.last_name }}",
            company: "{{ trigger.company }}",
            jobtitle: "{{ trigger.title }}",
          },
        },
      },
    ],
    ...more,
  };
}

export function writeProject(path: string, options: ProjectOptions): void {
  const file = {
    project: options.project,
    ...(options.allowedOrigins ? { allowedOrigins: options.allowedOrigins } : {}),
    signingKeys: [{ name: "backend", publicKey: options.publicKey }],
    appEvents: { "Contact Created": EXAMPLE },
    integrations: {
      hubspot: {
        active: true,
        app: { clientId: "acme-client", clientSecret: "acme-secret-marker", scopes: options.scopes ?? SCOPES },
        baseUrls: { api: options.provider, authorize: options.provider },
        ...(options.apiVersion ? { apiVersion: options.apiVersion } : {}),
        ...(options.portal ? { portal: options.portal } : {}),
        ...(options.settings ? { settings: options.settings } : {}),
        workflows: options.workflows ?? {
          "Sync contacts": syncContacts(options.defaultEnabled ? { defaultEnabled: true } : {}),
        },
      },
    },
    ...(options.connectedUsers ? { connectedUsers: options.connectedUsers } : {}),
  };
  writeFileSync(path, JSON.stringify(file, null, 2));
}

/** A connected user with an imported HubSpot account. */
export function imported(number: number) {
  return {
    credentials: {
      hubspot: {
        externalId: "main",
        accessToken: `access-${number}`,
        refreshToken: `refresh-${number}`,
        expiresAt: "2035-01-01T00:00:00Z",
        providerId: String(1_000_000 + number),
      },
    },
  };
}

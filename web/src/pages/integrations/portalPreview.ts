/**
 * The page around the portal's preview: it sends the portal what the form holds, and answers its calls with
 * examples. Nothing is stored and nobody is called.
 */
import type { Credential, Integration as PortalIntegration } from "../../../../sdk/js/src/model.ts";
import type { UiUpdate } from "../../../../sdk/js/src/protocol.ts";
import type { Connector } from "../../api/connectors.ts";
import type { Integration, PortalSettings, SettingInput } from "../../api/integrations.ts";
import type { WorkflowSummary } from "../../api/workflows.ts";
import { integrationsText } from "../../texts/integrations.tsx";

const { preview: text } = integrationsText;

export interface PreviewInput {
  integration: Integration;
  connector: Connector | undefined;
  workflows: WorkflowSummary[];
  portal: PortalSettings;
  settings: SettingInput[];
  /** Instead of what the portal is set to. */
  theme: "light" | "dark" | undefined;
  connected: boolean;
  language: string;
}

/** What the visitor of the preview did, until the page is left. */
export interface PreviewState {
  settings: Record<string, unknown>;
  workflows: Record<string, { enabled: boolean; settings: Record<string, unknown> }>;
}

export const NOTHING_DONE: PreviewState = { settings: {}, workflows: {} };

/** What the portal shows. */
export function previewUpdate(input: PreviewInput, done: PreviewState): UiUpdate {
  const { integration, connector, portal } = input;
  const shown = input.workflows.filter(({ state }) => state !== "draft");
  const workflowMeta = Object.fromEntries(
    shown.map((workflow) => [
      workflow.id,
      {
        id: workflow.id,
        inputs: [],
        infoText: workflow.description ?? "",
        hidden: workflow.hidden,
        order: workflow.order,
      },
    ]),
  );
  const account: Credential = {
    id: "preview",
    integrationId: integration.id,
    status: "VALID",
    providerData: { label: text.exampleAccount(integration.name) },
    configurations: [
      {
        id: "preview",
        connectCredentialId: "preview",
        isDefault: true,
        dateCreated: "2026-01-01T00:00:00Z",
        sharedSettings: done.settings as never,
        workflowSettings: done.workflows as never,
      },
    ],
  };
  const shape = {
    id: integration.id,
    type: integration.type,
    name: integration.name,
    isActive: true,
    authenticationType: "oauth",
    needPreOauthInputs: false,
    configs: [],
    workflows: shown.map(({ id, name }) => ({ id, description: name })),
    sdkIntegrationConfig: { dataSources: sourcesOf(connector) },
  } as PortalIntegration;
  return {
    messageType: "UI_UPDATE",
    nextContext: {
      user: {
        authenticated: true,
        userId: "preview",
        meta: {},
        resources: [],
        integrations: {
          [integration.type]: {
            enabled: input.connected,
            allCredentials: input.connected ? [account] : [],
            ...(input.connected ? { credentialId: "preview", credentialConfigId: "preview" } : {}),
          },
        },
      },
    },
    nextModalState: {
      integration: shape,
      config: {
        description: portal.description?.trim() || connector?.description || "",
        overview: portal.overview?.trim() || connector?.overview || "",
        accentColor: portal.accentColor?.trim() || connector?.brandColor || "",
        theme: input.theme ?? portal.theme ?? "system",
        paragonLink: portal.branding ?? false,
        workflowMeta: workflowMeta as never,
        sharedMeta: { inputs: input.settings as never },
      },
      apiInstallationOptions: {},
      language: input.language,
      isPreviewMode: true,
    },
  };
}

/** Lists as the server describes them to the portal. */
function sourcesOf(connector: Connector | undefined): never {
  const list = (name: string, title: string, refreshDependencies: string[] = []) => ({
    type: "DYNAMIC_DATA_SOURCE",
    cacheKey: name,
    title,
    refreshDependencies,
  });
  const sources = (connector?.settingSources ?? []).map(({ name, title, kind, dependsOn }) => {
    if (kind === "list") return [name, list(name, title, dependsOn)];
    if (kind === "fieldMapping") {
      return [
        name,
        {
          type: "FIELD_MAPPER_DATA_SOURCE",
          recordSource: list("record", text.recordType),
          fieldSource: list("field", text.field, ["record"]),
        },
      ];
    }
    return [
      name,
      {
        type: "COMBO_INPUT_DATA_SOURCE",
        mainInputSource: list("main", title),
        dependentInputSource: list("dependent", title, ["main"]),
      },
    ];
  });
  // The portal reads it as foreign data.
  return Object.fromEntries(sources) as never;
}

export interface PreviewAnswer {
  result?: unknown;
  done?: PreviewState;
  connected?: boolean;
}

/** What a call of the portal comes to. */
export function previewAnswer(method: string, parameters: unknown[], done: PreviewState): PreviewAnswer {
  const object = (value: unknown): Record<string, unknown> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const workflow = (id: unknown) => done.workflows[String(id)] ?? { enabled: false, settings: {} };
  switch (method) {
    case "startOAuthFlow":
    case "_oauthCallback":
      return { connected: true };
    case "uninstallIntegration":
      return { connected: false, done: NOTHING_DONE };
    case "enableWorkflow":
    case "disableWorkflow": {
      const [id] = parameters;
      const enabled = method === "enableWorkflow";
      return {
        done: { ...done, workflows: { ...done.workflows, [String(id)]: { ...workflow(id), enabled } } },
      };
    }
    case "updateIntegrationUserSettings":
      return {
        result: { errors: [] },
        done: { ...done, settings: { ...done.settings, ...object(parameters[1]) } },
      };
    case "updateWorkflowUserSettings": {
      const [, id, update] = parameters;
      const settings = { ...workflow(id).settings, ...object(update) };
      return {
        result: { errors: [] },
        done: { ...done, workflows: { ...done.workflows, [String(id)]: { ...workflow(id), settings } } },
      };
    }
    case "getFieldOptions":
      return { result: { data: examples(), nextPageCursor: null } };
    case "_loadCustomDropdownOptions":
    case "_fetchBYOFieldMappingOptions":
      return { result: { options: examples(), nextPageCursor: null } };
    case "sendConnectRequest":
      return { result: { items: [], nextCursor: null } };
    default:
      return {};
  }
}

function examples(): { value: string; label: string }[] {
  return text.examples.map((label, index) => ({
    value: `example-${index + 1}`,
    label,
  }));
}

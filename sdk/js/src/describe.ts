/** What an integration asks for and offers: for pages that draw their own screens. Nothing here calls the server. */
import type { PageSources } from "./data-sources.js";
import { accountType, given } from "./integration.js";
import type { DataSource, DropdownOption, Input, Integration, WorkflowMeta } from "./model.js";
import type { ObjectFields } from "./protocol.js";

/** What a page needs to draw an integration's settings and workflows itself. */
export interface IntegrationConfig {
  shortDescription?: string;
  /** Markdown. */
  longDescription?: string;
  availableUserSettings: Input[];
  availableWorkflows: DescribedWorkflow[];
  /** Workflows that are not to be shown, or that this user may not have. */
  hiddenWorkflows: DescribedWorkflow[];
}

/** A workflow with its settings. */
export type DescribedWorkflow = Omit<WorkflowMeta, "order" | "permissions">;

/** What an input of the portal or of a trigger offers to choose from. */
export type InputSources =
  | { kind: "single"; source: DataSource }
  | { kind: "conditional"; source: DataSource; supportedOperators?: string[] }
  | {
      kind: "fieldMapper";
      recordSource?: DataSource;
      fieldSource?: DataSource;
      dependentInputSource?: DataSource;
      dependentFieldInputSource?: DataSource;
      mapObjectFieldOptions?: ObjectFields;
    }
  | { kind: "combo"; mainInputSource?: DataSource; dependentInputSource?: DataSource }
  | {
      kind: "defaultFieldValue";
      mainInputSource?: DataSource;
      dependentInputSource?: DataSource;
      variableInputSource?: DataSource;
    };

/** An input of a trigger or an action. */
export interface ActionInput {
  id: string;
  title: string;
  type: string;
  subtitle?: string;
  placeholder?: string;
  required?: boolean;
  defaultValue?: unknown;
  dependentInputs?: ActionInput[];
  values?: (string | number | { value: string | number; label?: string })[];
  valuesSource?: { sourceType: string; dependencies: string[] };
  supportedKeysSource?: { sourceType: string; dependencies: string[] };
  supportedOperators?: string[];
}

/** Something at the provider that workflows can begin with. */
export interface TriggerDefinition {
  type: string;
  /** What `subscribeToTrigger` takes. */
  name: string;
  triggerModel: "POLLING" | "WEBHOOK";
  title: string;
  description: string;
  parameters: ActionInput[];
}

const STATIC = "STATIC_ENUM_DATA_SOURCE";
const DYNAMIC = "DYNAMIC_DATA_SOURCE";

/** Settings, workflows and texts of an integration. */
export function integrationConfig(integration: Integration): IntegrationConfig {
  const { description, overview, sharedMeta, workflowMeta = {} } = integration.configs[0]?.values ?? {};
  const denied = integration.noPermissionWorkflows ?? [];
  const available: DescribedWorkflow[] = [];
  const hidden: DescribedWorkflow[] = [];
  // Those without an order come last, as they were made.
  const byOrder = Object.values(workflowMeta).sort((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity) || 0);
  for (const { order: _order, permissions, ...meta } of byOrder) {
    const workflow = integration.workflows.find(({ id }) => id === meta.id);
    const isDenied = denied.includes(meta.id);
    if (!workflow && !isDenied) continue;
    const described = { ...meta, ...(workflow && { description: workflow.description }) };
    (meta.hidden || (permissions && isDenied) ? hidden : available).push(described);
  }
  return {
    ...(description !== undefined && { shortDescription: description }),
    ...(overview !== undefined && { longDescription: overview }),
    availableUserSettings: sharedMeta?.inputs ?? [],
    availableWorkflows: available,
    hiddenWorkflows: hidden,
  };
}

/** Asked before the provider's window opens, or instead of it. */
export function preOptions(integration: Integration, accountTypeId?: string): Input[] {
  const { customIntegration, authenticationType, sdkIntegrationConfig } = integration;
  const own = accountType(integration, accountTypeId)?.endUserSuppliedValues;
  if (own) return own;
  if (customIntegration) {
    return authenticationType === "oauth_client_credential" ? CLIENT_CREDENTIALS : (customIntegration.inputFields ?? []);
  }
  return sdkIntegrationConfig?.authConfigInputs ?? [];
}

/** Asked once the account is there. */
export function postOptions(integration: Integration, accountTypeId?: string): Input[] {
  const { laterInputs, postOauthInputs } = integration.sdkIntegrationConfig ?? {};
  if (laterInputs) return laterInputs[accountTypeId ?? "default"] ?? [];
  if (accountType(integration, accountTypeId)?.skipPostOAuthInputs) return [];
  return postOauthInputs ?? [];
}

const CLIENT_CREDENTIALS: Input[] = [
  { id: "clientId", title: "Client ID", type: "TEXT_NO_VARS", required: true },
  { id: "clientSecret", title: "Client Secret", type: "PASSWORD", required: true },
];

/** What of an input says where its choices come from. */
export type SourcedInput = Partial<
  Pick<Input, "type" | "title" | "key" | "customDropdownOptions" | "sourceType" | "dynamicObjectName">
>;

/** What a setting offers to choose from; `null` for one that is typed in. */
export function sourcesForInput(integration: Integration, pageSources: PageSources, input: SourcedInput): InputSources | null {
  if (input.type === "CUSTOM_DROPDOWN") {
    const found = pageSources.dropdown(integration.type, input.key) ?? input.customDropdownOptions;
    if (Array.isArray(found)) return found.length > 0 ? fixed(input.title ?? "", input.key ?? "", found) : null;
    return found ? loaded(input.title ?? "", input.key ?? "") : null;
  }
  const source = integration.sdkIntegrationConfig?.dataSources?.[input.sourceType ?? ""];
  if (!source) return null;
  const { mainInputSource, dependentInputSource, variableInputSource } = source;
  switch (source.type) {
    case "FIELD_MAPPER_DATA_SOURCE":
      return fieldMapper(source, input.dynamicObjectName, pageSources.objectFields(integration.type));
    case "COMBO_INPUT_DATA_SOURCE":
      return { kind: "combo", ...given({ mainInputSource, dependentInputSource }) };
    case "DYNAMIC_COMBO_INPUT_DATA_SOURCE":
      return { kind: "defaultFieldValue", ...given({ mainInputSource, dependentInputSource, variableInputSource }) };
    default:
      return { kind: "single", source };
  }
}

function fieldMapper(
  { recordSource, fieldSource, dependentInputSource, dependentFieldInputSource }: DataSource,
  name: string | undefined,
  fields: Record<string, ObjectFields> | undefined,
): InputSources {
  const options = name === undefined ? undefined : fields?.[name];
  // The page's own loaders take the place of the provider's lists.
  const own = name !== undefined && !!options && !Array.isArray(options) && !!options.useBYOFieldMappingOption;
  const keyed = (
    source: DataSource | undefined,
    dynamicFieldMappingType: "objectTypes" | "integrationFields",
  ): DataSource | undefined =>
    own ? { type: DYNAMIC, ...source, dynamicFieldMappingKey: name, dynamicFieldMappingType } : source;
  return {
    kind: "fieldMapper",
    ...given({
      recordSource: keyed(recordSource, "objectTypes"),
      fieldSource: keyed(fieldSource, "integrationFields"),
      dependentInputSource: own ? undefined : dependentInputSource,
      dependentFieldInputSource: own ? undefined : dependentFieldInputSource,
      mapObjectFieldOptions: options,
    }),
  };
}

/** What an input of a trigger offers to choose from; `null` for one that is typed in. */
export function sourcesForActionInput(input: ActionInput): InputSources | null {
  const { id, title, values, valuesSource, supportedKeysSource, supportedOperators } = input;
  if (valuesSource) return loaded(title, valuesSource.sourceType, valuesSource.dependencies);
  if (values?.length) {
    const options = values.map((each) =>
      typeof each === "object"
        ? { value: String(each.value), label: each.label ?? String(each.value) }
        : { value: String(each), label: String(each) },
    );
    return fixed(title, id, options);
  }
  if (!supportedKeysSource) return null;
  const { source } = loaded(title, supportedKeysSource.sourceType, supportedKeysSource.dependencies);
  return { kind: "conditional", source, ...given({ supportedOperators }) };
}

function fixed(title: string, id: string, values: DropdownOption[]): InputSources {
  return { kind: "single", source: { type: STATIC, title, id, values } };
}

function loaded(title: string, cacheKey: string, refreshDependencies: string[] = []) {
  return { kind: "single" as const, source: { type: DYNAMIC, title, cacheKey, refreshDependencies } };
}

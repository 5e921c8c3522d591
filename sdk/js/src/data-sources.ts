/** Lists and fields that the page gives to the portal and to settings: fixed ones, and functions that load them. */
import { LinchpinError } from "./errors.js";
import type { FieldOptions, FieldOptionsQuestion } from "./field-options.js";
import { given } from "./integration.js";
import type { DropdownOption, Input, PortalConfig } from "./model.js";
import { isRecord, type ObjectFields, type OptionsPage } from "./protocol.js";
import type { DropdownLoader, ObjectFieldLoaders, PageLists, Sources } from "./sources.js";

/** What `setDataSources` takes. */
export interface DataSources extends PageLists {
  /** The same for single integrations, by their type. They win over the common ones. */
  integrationSpecificSources?: Record<string, PageLists>;
}

/** What the page has given, by integration. A call's own lists win over an integration's, those over common ones. */
export class PageSources implements Sources {
  private given: DataSources = {};
  private readonly ofCalls = new Map<string, PageLists>();

  set(sources: DataSources): void {
    this.given = sources;
    this.ofCalls.clear();
  }

  setForCall(type: string, { dropdowns, mapObjectFields }: PageLists): void {
    this.ofCalls.set(type, { ...(dropdowns && { dropdowns }), ...(mapObjectFields && { mapObjectFields }) });
  }

  dropdown(type: string, key: string | undefined): DropdownOption[] | DropdownLoader | undefined {
    const found = key === undefined ? undefined : this.layers(type, "dropdowns")[key];
    return Array.isArray(found) ? usable(found, key ?? "") : found;
  }

  objectFields(type: string): Record<string, ObjectFields> | undefined {
    const all = Object.entries(this.layers(type, "mapObjectFields")).map(([name, fields]) => [
      name,
      hasLoaders(fields) ? { ...fields.applicationFields, useBYOFieldMappingOption: true } : fields,
    ]);
    return all.length > 0 ? (Object.fromEntries(all) as Record<string, ObjectFields>) : undefined;
  }

  fill(type: string, config: PortalConfig): PortalConfig {
    const inputs = (list: Input[] | undefined): Input[] | undefined =>
      list?.map((input) => {
        const found = this.dropdown(type, input.key);
        if (!found) return input;
        return Array.isArray(found)
          ? { ...input, customDropdownOptions: found }
          : { ...input, customDropdownOptions: [], refreshOnOpen: found.refreshOnOpen ?? false };
      });
    const { sharedMeta, workflowMeta } = config;
    return {
      ...config,
      ...(sharedMeta && { sharedMeta: { ...sharedMeta, inputs: inputs(sharedMeta.inputs) ?? [] } }),
      ...(workflowMeta && {
        workflowMeta: Object.fromEntries(
          Object.entries(workflowMeta).map(([id, meta]) => [id, { ...meta, inputs: inputs(meta.inputs) ?? [] }]),
        ),
      }),
    };
  }

  options(question: FieldOptionsQuestion): Promise<FieldOptions> | undefined {
    const { integration, action, source, search, cursor, parameters = [] } = question;
    const text = typeof cursor === "string" ? cursor : undefined;
    const fields = source?.dynamicFieldMappingKey;
    if (fields !== undefined && source?.dynamicFieldMappingType) {
      const chosen = parameters.find((parameter) => parameter.source.value)?.source.value;
      const objectType = typeof chosen === "string" ? chosen : "";
      const params = { objectType, ...given({ cursor: text, search }) };
      return this.loadFields(integration, source.dynamicFieldMappingType, fields, params).then(answer);
    }
    const key = action ?? source?.cacheKey;
    if (key === undefined || !this.dropdown(integration, key)) return undefined;
    return this.load(integration, key, text, search).then(answer);
  }

  load(type: string, key: string, cursor?: string, search?: string): Promise<OptionsPage> {
    const found = this.dropdown(type, key);
    if (Array.isArray(found)) return Promise.resolve({ options: found, nextPageCursor: null });
    if (!found) return Promise.reject(missing(`dropdowns["${key}"]`));
    return page(found.loadOptions(cursor, search));
  }

  loadFields(
    type: string,
    kind: "objectTypes" | "integrationFields",
    key: string,
    { objectType = "", cursor, search }: { objectType?: string; cursor?: string; search?: string } = {},
  ): Promise<OptionsPage> {
    const loaders = this.layers(type, "mapObjectFields")[key];
    if (!hasLoaders(loaders)) return Promise.reject(missing(`mapObjectFields["${key}"].${kind}`));
    return page(
      kind === "objectTypes"
        ? loaders.objectTypes.get(cursor, search)
        : loaders.integrationFields.get({ objectType }, cursor, search),
    );
  }

  private layers<K extends keyof PageLists>(type: string, kind: K): NonNullable<PageLists[K]> {
    const { given } = this;
    return Object.assign({}, given[kind], given.integrationSpecificSources?.[type]?.[kind], this.ofCalls.get(type)?.[kind]);
  }
}

function hasLoaders(fields: ObjectFields | ObjectFieldLoaders | undefined): fields is ObjectFieldLoaders {
  return isRecord(fields) && "objectTypes" in fields && "integrationFields" in fields;
}

function answer({ options, nextPageCursor }: OptionsPage): FieldOptions {
  return { data: options, nestedData: [], nextPageCursor };
}

/** Only what can be cloned goes on to the portal. */
async function page(loading: Promise<OptionsPage>): Promise<OptionsPage> {
  const { options, nextPageCursor } = await loading;
  return { options, nextPageCursor: nextPageCursor ?? null };
}

/** Entries with a label and a value, each value once. */
function usable(list: DropdownOption[], key: string): DropdownOption[] {
  const seen = new Set<string>();
  const good = list.filter(({ label, value }) => label && value && !seen.has(value) && seen.add(value));
  if (good.length < list.length) {
    console.warn(`linchpin: entries of the list "${key}" were dropped: without label or value, or there twice`);
  }
  return good;
}

function missing(what: string): LinchpinError {
  return new LinchpinError("invalid_options", `the page gave no ${what}; give it to connect or setDataSources`);
}

/** Lists and fields that the page gives to the portal and to settings: fixed ones, and functions that load them. */
import { LinchpinError } from "./errors.js";
import type { DropdownOption, Input, PortalConfig } from "./model.js";
import { isRecord, type ObjectFields, type OptionsPage } from "./protocol.js";

/** Loads a page of a list. `cursor` is `nextPageCursor` of the page before. */
export type LoadOptions = (cursor?: string, search?: string) => Promise<OptionsPage>;

/** A list that is loaded when it is opened. */
export interface DropdownLoader {
  loadOptions: LoadOptions;
  /** Load again each time it is opened, for lists that depend on other settings. */
  refreshOnOpen?: boolean;
}

/** Objects and their fields that are loaded when a field mapping is opened. */
export interface ObjectFieldLoaders {
  objectTypes: { get: LoadOptions };
  integrationFields: { get: (params: { objectType: string }, cursor?: string, search?: string) => Promise<OptionsPage> };
  /** The fields of your own product. */
  applicationFields?: Exclude<ObjectFields, unknown[]>;
}

/** What `setDataSources` takes. */
export interface DataSources {
  /** Lists for settings of the type `CUSTOM_DROPDOWN`, by their key. */
  dropdowns?: Record<string, DropdownOption[] | DropdownLoader>;
  /** Your product's fields for field mappings, by the name of the object. */
  mapObjectFields?: Record<string, ObjectFields | ObjectFieldLoaders>;
  /** The same for single integrations, by their type. They win over the common ones. */
  integrationSpecificSources?: Record<string, Pick<DataSources, "dropdowns" | "mapObjectFields">>;
}

/** What the page has given, by integration. A call's own lists win over an integration's, those over common ones. */
export class PageSources {
  private given: DataSources = {};
  private readonly ofCalls = new Map<string, Pick<DataSources, "dropdowns" | "mapObjectFields">>();

  set(sources: DataSources): void {
    this.given = sources;
    this.ofCalls.clear();
  }

  setForCall(type: string, { dropdowns, mapObjectFields }: Pick<DataSources, "dropdowns" | "mapObjectFields">): void {
    this.ofCalls.set(type, { ...(dropdowns && { dropdowns }), ...(mapObjectFields && { mapObjectFields }) });
  }

  dropdown(type: string, key: string | undefined): DropdownOption[] | DropdownLoader | undefined {
    const found = key === undefined ? undefined : this.layers(type, "dropdowns")[key];
    return Array.isArray(found) ? usable(found, key ?? "") : found;
  }

  /** What of the fields can travel to the portal. */
  objectFields(type: string): Record<string, ObjectFields> | undefined {
    const all = Object.entries(this.layers(type, "mapObjectFields")).map(([name, fields]) => [
      name,
      hasLoaders(fields) ? { ...fields.applicationFields, useBYOFieldMappingOption: true } : fields,
    ]);
    return all.length > 0 ? (Object.fromEntries(all) as Record<string, ObjectFields>) : undefined;
  }

  /** The portal's configuration with the page's lists filled in. */
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

  private layers<K extends "dropdowns" | "mapObjectFields">(type: string, kind: K): NonNullable<DataSources[K]> {
    const { given } = this;
    return Object.assign({}, given[kind], given.integrationSpecificSources?.[type]?.[kind], this.ofCalls.get(type)?.[kind]);
  }
}

function hasLoaders(fields: ObjectFields | ObjectFieldLoaders | undefined): fields is ObjectFieldLoaders {
  return isRecord(fields) && "objectTypes" in fields && "integrationFields" in fields;
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

/** What the client asks of the lists that a page gives. Pages that give none need no more than this. */
import { LinchpinError } from "./errors.js";
import type { FieldOptions, FieldOptionsQuestion } from "./field-options.js";
import type { DropdownOption, PortalConfig } from "./model.js";
import type { ObjectFields, OptionsPage } from "./protocol.js";

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

/** Lists and fields of the page's own, for settings. */
export interface PageLists {
  /** Lists for settings of the type `CUSTOM_DROPDOWN`, by their key. Of `@linchpin/connect/full` and the script tag. */
  dropdowns?: Record<string, DropdownOption[] | DropdownLoader>;
  /** Your product's fields for field mappings, by the name of the object. Of `@linchpin/connect/full`, too. */
  mapObjectFields?: Record<string, ObjectFields | ObjectFieldLoaders>;
}

export interface Sources {
  setForCall(type: string, lists: PageLists): void;
  /** What of the fields can travel to the portal. */
  objectFields(type: string): Record<string, ObjectFields> | undefined;
  /** The portal's configuration with the page's lists filled in. */
  fill(type: string, config: PortalConfig): PortalConfig;
  /** An answer of the page's own; `undefined` where the server is to be asked. */
  options(question: FieldOptionsQuestion): Promise<FieldOptions> | undefined;
  load(type: string, key: string, cursor?: string, search?: string): Promise<OptionsPage>;
  loadFields(
    type: string,
    kind: "objectTypes" | "integrationFields",
    key: string,
    params?: { objectType?: string; cursor?: string; search?: string },
  ): Promise<OptionsPage>;
}

const none = (): never => {
  throw new LinchpinError("invalid_options", "lists of the page need `linchpin` of @linchpin/connect/full");
};

/** Nothing: and who gives lists nevertheless is told, for they would go unseen. */
export const NO_SOURCES: Sources = {
  setForCall(_type, { dropdowns, mapObjectFields }) {
    if (dropdowns || mapObjectFields) none();
  },
  objectFields: () => undefined,
  fill: (_type, config) => config,
  options: () => undefined,
  load: none,
  loadFields: none,
};

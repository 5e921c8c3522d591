/** Lists of choices: read from the customer's account or from the host's own code, page by page. */
import { createContext } from "react";
import type { SettingValues } from "../../../sdk/js/src/model";
import { isRecord } from "../../../sdk/js/src/protocol";
import { type Source, string } from "./fields";
import type { Page } from "./page";

export interface Choice {
  value: string;
  label: string;
  subtitle: string;
}

export interface Choices {
  entries: Choice[];
  next: string | null;
}

export type Load = (
  source: Source,
  parameters: SettingValues,
  cursor: string | null,
  search: string,
) => Promise<Choices>;

/** Reads a page of a list, for the account that is shown. */
export const LoadOptions = createContext<Load | undefined>(undefined);
/** The values of the settings beside this one, which a list may depend on. */
export const OtherValues = createContext<SettingValues>({});

/** A reader for one account. The same page is read once, however many fields ask for it. */
export function reader(page: Page, type: string, credentialId: string): Load {
  const known = new Map<string, Promise<Choices>>();
  return (source, parameters, cursor, search) => {
    const key = JSON.stringify([source, parameters, cursor, search]);
    const present = known.get(key);
    if (present) return present;
    const asked = read(page, type, credentialId, source, parameters, cursor, search);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  };
}

async function read(
  page: Page,
  type: string,
  credentialId: string,
  source: Source,
  parameters: SettingValues,
  cursor: string | null,
  search: string,
): Promise<Choices> {
  const wanted = search === "" ? undefined : search;
  if (source.from === "provider") {
    const answer = await page.call("getFieldOptions", {
      integration: type,
      action: source.key,
      cursor,
      ...(wanted === undefined ? {} : { search: wanted }),
      parameters: Object.entries(parameters).map(([key, value]) => ({
        key,
        source: { type: "VALUE", value },
      })),
      selectedCredentialId: credentialId,
    });
    return choices(answer?.data, answer?.nextPageCursor, "");
  }
  // What the host's own code answers is searched here, too: not every loader looks at what was typed.
  const answer =
    source.from === "host"
      ? await page.call("_loadCustomDropdownOptions", source.key, cursor ?? undefined, wanted)
      : await page.call("_fetchBYOFieldMappingOptions", type, source.what, source.key, {
          ...(string(parameters.objectType) === "" ? {} : { objectType: string(parameters.objectType) }),
          ...(cursor === null ? {} : { cursor }),
          ...(wanted === undefined ? {} : { search: wanted }),
        });
  return choices(answer?.options, answer?.nextPageCursor, search);
}

function choices(entries: unknown, next: unknown, search: string): Choices {
  const needle = search.trim().toLowerCase();
  const found = (Array.isArray(entries) ? entries : []).flatMap((entry): Choice[] => {
    if (!isRecord(entry)) return [];
    const value = string(entry.value);
    const label = string(entry.label) || value;
    const subtitle = string(entry.subtitle);
    if (value === "") return [];
    return needle === "" || `${label} ${subtitle}`.toLowerCase().includes(needle)
      ? [{ value, label, subtitle: subtitle === label ? "" : subtitle }]
      : [];
  });
  return { entries: found, next: string(next) === "" ? null : string(next) };
}

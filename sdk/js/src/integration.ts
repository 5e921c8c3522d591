/** What of an integration decides how it is connected. */
import type { AccountType, Integration } from "./model.js";

/** The ways to connect. */
export function accountTypes({ sdkIntegrationConfig }: Integration): AccountType[] {
  return sdkIntegrationConfig?.accountTypes ?? [];
}

/** The account type that is meant: `default` where the page says none. */
export function accountType(integration: Integration, id: string | undefined): AccountType | undefined {
  return accountTypes(integration).find((each) => each.id === (id ?? "default"));
}

/** How an account is connected: `oauth`, or by what `preOptions` asks for. */
export function schemeOf(integration: Integration, accountTypeId?: string): string {
  return accountType(integration, accountTypeId)?.scheme ?? integration.authenticationType ?? "oauth";
}

/** Whether the portal has to ask something before the provider's window opens, or instead of it. */
export function needsInput(integration: Integration, chosen: string | string[] | undefined): boolean {
  const id = Array.isArray(chosen) ? (chosen.length === 1 ? chosen[0] : undefined) : chosen;
  const type = id === undefined ? undefined : accountType(integration, id);
  if (type?.scheme === "oauth" && !type.endUserSuppliedValues?.length) return false;
  return schemeOf(integration, id) !== "oauth" || !!integration.needPreOauthInputs;
}

/** How events name an integration. */
export function identify({ id, type }: Integration): { integrationId: string; integrationType: string } {
  return { integrationId: id, integrationType: type };
}

/** The fields that have a value. */
export function given<T extends object>(fields: T, more?: object | false): { [K in keyof T]?: NonNullable<T[K]> } {
  const all = Object.entries({ ...fields, ...more }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as { [K in keyof T]?: NonNullable<T[K]> };
}

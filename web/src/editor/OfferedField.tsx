/** A field whose values come out of the preview user's account: owners, pipelines, lists. */
import { Anchor, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import { call, messageOf } from "../api/client.ts";
import type { ActionField } from "../api/connectors.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { at } from "../api/queries.ts";
import { variablesText } from "../texts/variables.tsx";
import { expressions } from "./model/template.ts";

const texts = variablesText.field;

/** Whose account is read; null where there is none, and a text has to do. */
export interface Account {
  projectId: string;
  integrationId: string;
  /** Null where the connector's simulator is asked. */
  userId: string | null;
  /** The step's inputs: a source may need one that was chosen before. */
  inputs: JsonObject;
}

export const AccountContext = createContext<Account | null>(null);

interface Offered {
  items: { value: string; label: string; subtitle?: string | null }[];
  nextPage: string | null;
}

interface OfferedFieldProps {
  field: ActionField;
  value: string;
  problem: string | undefined;
  onChange: (value: Json | undefined) => void;
  /** To a text that may hold variables. */
  onText: () => void;
}

/** The inputs that a field's source needs; null while one is missing or only known in a run. */
export function parametersFor(field: ActionField, inputs: JsonObject): JsonObject | null {
  const parameters: JsonObject = {};
  for (const name of field.source?.parameters ?? []) {
    const input = inputs[name];
    if (input === undefined || input === "" || expressions(String(input)).length > 0) return null;
    parameters[name] = input;
  }
  return parameters;
}

export function OfferedField({ field, value, problem, onChange, onText }: OfferedFieldProps) {
  const account = useContext(AccountContext);
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const [opened, setOpened] = useState(false);
  const parameters = parametersFor(field, account?.inputs ?? {});
  const whose = account?.userId == null ? { simulated: true } : { userId: account.userId };
  const body = { ...whose, source: field.source?.name, parameters: parameters ?? {} };
  const ask = account !== null && parameters !== null && (opened || value !== "");
  const found = useQuery({
    queryKey: [account?.projectId, "options", account?.integrationId, body, search],
    queryFn: () =>
      call<Offered>(
        "POST",
        `${at(account?.projectId ?? "")}/integrations/${account?.integrationId}/options`,
        {
          ...body,
          ...(search !== "" && { search }),
        },
      ),
    enabled: ask,
    staleTime: 60_000,
    retry: false,
  });
  const items = found.data?.items ?? [];
  const options = new Map(items.map((item) => [item.value, item]));
  // One that the account does not have, or not on its first page, is shown as it is.
  if (value !== "" && !options.has(value)) options.set(value, { value, label: value });

  return (
    <Stack gap={2}>
      <Select
        label={field.title}
        withAsterisk={field.required}
        description={parameters === null ? texts.chooseFirst(field.source?.parameters ?? []) : field.help}
        placeholder={account?.userId === null ? texts.chooseFromSimulated : texts.chooseFromAccount}
        clearable
        searchable
        data={[...options.values()].map((item) => ({ value: item.value, label: item.label }))}
        renderOption={({ option }) => (
          <div>
            <Text size="sm">{option.label}</Text>
            <Text size="xs" c="dimmed">
              {options.get(option.value)?.subtitle ?? option.value}
            </Text>
          </div>
        )}
        // The server searches; what it found is not filtered again.
        filter={({ options: all }) => all}
        nothingFoundMessage={found.isFetching ? texts.readingAccount : texts.nothingOffered}
        rightSection={found.isFetching ? <Loader size={14} /> : undefined}
        value={value === "" ? null : value}
        error={problem ?? (found.error ? messageOf(found.error) : undefined)}
        onDropdownOpen={() => setOpened(true)}
        onSearchChange={(text) => setTyped(options.get(value)?.label === text ? "" : text)}
        onChange={(chosen) => onChange(chosen ?? undefined)}
      />
      <Group>
        <Anchor component="button" type="button" size="xs" onClick={onText}>
          {texts.useVariable}
        </Anchor>
      </Group>
    </Stack>
  );
}

import { NumberInput, Stack, Switch, Text } from "@mantine/core";
import type { Paginate } from "../../api/definition.ts";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";
import { ConditionsInput } from "./ConditionsInput.tsx";

interface RequestPagesInputProps {
  paginate: Paginate | undefined;
  problemAt: (place: string) => string | undefined;
  onChange: (paginate: Paginate | undefined, at: string | null) => void;
}

const START: Paginate = {
  items: "{{ response.body.results }}",
  pageToken: "{{ response.body.paging.next.after }}",
};

export function RequestPagesInput({ paginate, problemAt, onChange }: RequestPagesInputProps) {
  return (
    <Stack gap="sm">
      <Switch
        label="Fetch further pages"
        description="The request is sent again with the next page's token"
        checked={paginate !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? START : undefined, null)}
      />
      {paginate && (
        <>
          <Text size="xs" c="dimmed">
            Put the variable pageToken into the query or the address. The items of all pages are the step's
            output.
          </Text>
          <VariableInput
            label="Items of a page"
            required
            value={paginate.items}
            sources={RESPONSE}
            error={problemAt("items") ?? null}
            onChange={(items) => onChange({ ...paginate, items }, "items")}
          />
          <VariableInput
            label="Token of the next page"
            required
            description="Null or empty ends it"
            value={paginate.pageToken}
            sources={RESPONSE}
            error={problemAt("pageToken") ?? null}
            onChange={(pageToken) => onChange({ ...paginate, pageToken }, "pageToken")}
          />
          <NumberInput
            label="Pages at most"
            min={1}
            allowDecimal={false}
            placeholder="100"
            value={paginate.maxPages ?? ""}
            error={problemAt("maxPages")}
            onChange={(value) => {
              const { maxPages: _, ...rest } = paginate;
              onChange(typeof value === "number" ? { ...rest, maxPages: value } : rest, "maxPages");
            }}
          />
          <Text size="sm" fw={500}>
            Stop when
          </Text>
          <ConditionsInput
            conditions={paginate.stopWhen ?? { any: [] }}
            sources={RESPONSE}
            problemAt={(at) => problemAt(`stopWhen/${at}`)}
            optional
            onChange={(stopWhen, at) => {
              const { stopWhen: _, ...rest } = paginate;
              const next = stopWhen.any.length > 0 ? { ...rest, stopWhen } : rest;
              onChange(next, at && `stopWhen/${at}`);
            }}
          />
        </>
      )}
    </Stack>
  );
}

/** What these expressions look at. */
const RESPONSE: VariableSource[] = [
  {
    id: "response",
    title: "Response",
    kind: "step",
    root: ["response"],
    sample: { statusCode: 200, headers: {}, body: {} },
    open: true,
    emptyHint: "",
  },
];

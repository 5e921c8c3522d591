import { NumberInput, Stack, Switch, Text } from "@mantine/core";
import type { Paginate } from "../../api/definition.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { variablesText } from "../../texts/variables.tsx";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";
import { ConditionsInput } from "./ConditionsInput.tsx";

const texts = stepFormsText.pages;

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
        label={texts.fetch}
        description={texts.fetchAbout}
        checked={paginate !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? START : undefined, null)}
      />
      {paginate && (
        <>
          <Text size="xs" c="dimmed">
            {texts.about}
          </Text>
          <VariableInput
            label={texts.items}
            required
            value={paginate.items}
            sources={RESPONSE}
            error={problemAt("items") ?? null}
            onChange={(items) => onChange({ ...paginate, items }, "items")}
          />
          <VariableInput
            label={texts.token}
            required
            description={texts.tokenAbout}
            value={paginate.pageToken}
            sources={RESPONSE}
            error={problemAt("pageToken") ?? null}
            onChange={(pageToken) => onChange({ ...paginate, pageToken }, "pageToken")}
          />
          <NumberInput
            label={texts.most}
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
            {texts.stopWhen}
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
    title: variablesText.sources.response,
    kind: "step",
    root: ["response"],
    sample: { statusCode: 200, headers: {}, body: {} },
    open: true,
    emptyHint: "",
  },
];

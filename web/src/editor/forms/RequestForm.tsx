/** An HTTP request: where it goes, what it carries, who it says it is, and how its pages are fetched. */
import { Accordion, Group, Select, Stack } from "@mantine/core";
import type { RequestSpec } from "../../api/definition.ts";
import { commonText } from "../../texts/common.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { variablesText } from "../../texts/variables.tsx";
import { valueSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";
import { NamedValues } from "./NamedValues.tsx";
import type { FormProps } from "./props.ts";
import { RequestAuthInput } from "./RequestAuthInput.tsx";
import { RequestBodyInput } from "./RequestBodyInput.tsx";
import { RequestPagesInput } from "./RequestPagesInput.tsx";

const texts = stepFormsText.request;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

interface RequestFormProps extends FormProps {
  /** The provider that a path without a host goes to. */
  provider: string;
  /** Whether its pages can be collected. */
  paged?: boolean;
}

export function RequestForm({ step, sources, problemAt, set, provider, paged = true }: RequestFormProps) {
  const request = step.request ?? { method: "GET", url: "" };
  const change = (part: Partial<RequestSpec>, at: string | null) => {
    const next = { ...request, ...part };
    for (const [name, value] of Object.entries(next)) {
      if (value === undefined) delete next[name as keyof RequestSpec];
    }
    set({ request: next }, at && `request/${at}`);
  };
  const place = (at: string) => problemAt(`request/${at}`);
  const known = request.paginate ? [...PAGE_SOURCES, ...sources] : sources;
  return (
    <Stack gap="md">
      <Group align="flex-start" wrap="nowrap" gap="sm">
        <Select
          label={texts.method}
          w={118}
          allowDeselect={false}
          data={METHODS.includes(request.method) ? METHODS : [request.method, ...METHODS]}
          value={request.method}
          error={place("method")}
          onChange={(method) => method && change({ method }, null)}
        />
        <div style={{ flex: 1, minWidth: 0 }}>
          <VariableInput
            label={commonText.address}
            required
            placeholder={texts.addressExample}
            value={request.url}
            sources={known}
            error={place("url") ?? null}
            onChange={(url) => change({ url }, "url")}
          />
        </div>
      </Group>
      <p style={{ margin: "-8px 0 0", fontSize: 12, color: "var(--mantine-color-dimmed)" }}>
        {texts.path(provider)}
      </p>
      <NamedValues
        title={texts.query}
        one={texts.queryParameter}
        values={request.query ?? {}}
        sources={known}
        problemAt={(name) => place(`query/${name}`)}
        onChange={(query, at) => change({ query }, at && `query/${at}`)}
      />
      <NamedValues
        title={commonText.headers}
        one={texts.header}
        values={request.headers ?? {}}
        sources={known}
        problemAt={(name) => place(`headers/${name}`)}
        onChange={(headers, at) => change({ headers }, at && `headers/${at}`)}
      />
      <RequestBodyInput request={request} sources={known} problemAt={place} onChange={change} />
      <Accordion variant="contained" chevronPosition="left" multiple>
        <Accordion.Item value="auth">
          <Accordion.Control>{texts.authentication}</Accordion.Control>
          <Accordion.Panel>
            <RequestAuthInput
              auth={request.auth}
              sources={sources}
              problemAt={(at) => place(`auth/${at}`)}
              onChange={(auth, at) => change({ auth }, at && `auth/${at}`)}
            />
          </Accordion.Panel>
        </Accordion.Item>
        {paged && (
          <Accordion.Item value="pages">
            <Accordion.Control>{commonText.pages}</Accordion.Control>
            <Accordion.Panel>
              <RequestPagesInput
                paginate={request.paginate}
                problemAt={(at) => place(`paginate/${at}`)}
                onChange={(paginate, at) => change({ paginate }, at && `paginate/${at}`)}
              />
            </Accordion.Panel>
          </Accordion.Item>
        )}
      </Accordion>
    </Stack>
  );
}

/** What a request that fetches pages sees of itself. */
const PAGE_SOURCES = [valueSource(["pageToken"], variablesText.sources.pageToken)];

/** Adding a destination, or changing one. A webhook's secret is shown once, when it is added. */
import {
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  Radio,
  SegmentedControl,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../../api/client.ts";
import type { EventDestination, EventName, NewEventDestination } from "../../../api/destinations.ts";
import type { Json } from "../../../api/json.ts";
import { useChange } from "../../../api/mutations.ts";
import { at, workflowsQuery } from "../../../api/queries.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { CodeBlock } from "../../../ui/CodeBlock.tsx";
import { ErrorNotice, Hint } from "../../../ui/Notice.tsx";
import { useFaultShown } from "../../../ui/useFaultShown.ts";
import { fresh, HeaderFields, type HeaderRow, PayloadField } from "./WebhookFields.tsx";

const { form: texts } = settingsDestinationsText;

interface Props {
  projectId: string;
  destination: EventDestination | undefined;
  onClose: () => void;
}

/** What most people want to know first. */
const USUAL: EventName[] = ["run.failed", "run.inDoubt", "credential.invalid", "destination.disabled"];

export function DestinationDialog({ projectId, destination: known, onClose }: Props) {
  const [name, setName] = useState(known?.name ?? "");
  const [kind, setKind] = useState<string>(known?.kind ?? "webhook");
  const [url, setUrl] = useState(known?.url ?? "");
  const [to, setTo] = useState<string[]>(known?.to ?? []);
  const [all, setAll] = useState(known ? known.events.length === 0 : false);
  const [events, setEvents] = useState<string[]>(known && known.events.length > 0 ? known.events : USUAL);
  const [workflowIds, setWorkflowIds] = useState<string[]>(known?.workflowIds ?? []);
  const [headers, setHeaders] = useState<HeaderRow[]>(
    (known?.headers ?? []).map((stored, id) => ({ id, name: stored, value: "", stored: true })),
  );
  const [payload, setPayload] = useState<string | null>(
    known?.payload == null ? null : JSON.stringify(known.payload, null, 2),
  );
  const [payloadProblem, setPayloadProblem] = useState<string | null>(null);
  const workflows = useQuery(workflowsQuery(projectId)).data ?? [];
  const save = useChange(
    projectId,
    () => {
      const named = headers.filter((row) => row.name.trim() !== "");
      const values = named.map((row) => [row.name, row.stored && row.value === "" ? null : row.value]);
      const template = payload === null ? null : (JSON.parse(payload) as Json);
      const webhook = { url, headers: Object.fromEntries(values), payload: template };
      const target = kind === "webhook" ? webhook : { to };
      const body = { name, ...target, events: all ? [] : events, workflowIds };
      const address = `${at(projectId)}/event-destinations`;
      return known
        ? call<NewEventDestination>("PATCH", `${address}/${known.id}`, body)
        : call<NewEventDestination>("POST", address, body);
    },
    (saved) => {
      if (!saved.secret) onClose();
    },
  );
  const fields = fieldsOf(save.error);
  const form = useFaultShown(save.error ?? payloadProblem);

  function submit(event: FormEvent) {
    event.preventDefault();
    const problem = payload === null || kind !== "webhook" ? null : notJson(payload);
    setPayloadProblem(problem);
    if (problem === null) save.mutate(undefined);
  }

  if (save.data?.secret) {
    return (
      <Modal opened onClose={onClose} title={settingsDestinationsText.secret.added(save.data.name)} centered>
        <Stack>
          <Hint>{settingsDestinationsText.secret.addedText}</Hint>
          <CodeBlock code={save.data.secret} label={settingsDestinationsText.secret.copy} wrap />
          <Group justify="flex-end">
            <Button onClick={onClose}>{commonText.done}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={known ? commonText.editNamed(known.name) : texts.add}
      centered
      size="lg"
    >
      <form ref={form} onSubmit={submit} noValidate>
        <Stack>
          {!known && (
            <SegmentedControl
              aria-label={commonText.kind}
              value={kind}
              onChange={setKind}
              data={[
                { value: "webhook", label: commonText.webhook },
                { value: "email", label: texts.email },
              ]}
            />
          )}
          <TextInput
            label={commonText.name}
            placeholder={kind === "webhook" ? texts.nameExample.webhook : texts.nameExample.email}
            required
            data-autofocus
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {kind === "webhook" ? (
            <TextInput
              label={commonText.address}
              description={texts.addressAbout}
              placeholder={texts.addressExample}
              required
              value={url}
              error={fields.url}
              onChange={(event) => setUrl(event.currentTarget.value)}
            />
          ) : (
            <TagsInput
              label={commonText.addresses}
              description={texts.addressesAbout}
              placeholder={to.length === 0 ? texts.addressesExample : ""}
              required
              acceptValueOnBlur
              splitChars={[",", " ", ";"]}
              value={to}
              error={fields.to}
              onChange={(addresses) => setTo(addresses.flatMap(entries))}
            />
          )}
          <Radio.Group
            label={commonText.events}
            value={all ? "all" : "some"}
            onChange={(value) => setAll(value === "all")}
          >
            <Group mt={6}>
              <Radio value="some" label={texts.theseEvents} />
              <Radio value="all" label={texts.allEvents} />
            </Group>
          </Radio.Group>
          {!all && (
            <Checkbox.Group value={events} onChange={setEvents} aria-label={texts.sentEvents}>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs" verticalSpacing={8}>
                {Object.entries(settingsDestinationsText.events).map(([event, meaning]) => (
                  <Checkbox
                    key={event}
                    value={event}
                    label={meaning}
                    description={<span className="mono">{event}</span>}
                  />
                ))}
              </SimpleGrid>
            </Checkbox.Group>
          )}
          {!all && events.length === 0 && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {texts.chooseEvent}
            </Text>
          )}
          <MultiSelect
            label={texts.workflows}
            description={texts.workflowsAbout}
            placeholder={workflowIds.length === 0 ? texts.allWorkflows : ""}
            clearable
            searchable
            data={workflows.map((workflow) => ({ value: workflow.id, label: workflow.name }))}
            value={workflowIds}
            error={fields.workflowIds}
            onChange={setWorkflowIds}
          />
          {kind === "webhook" && (
            <>
              <HeaderFields rows={headers} error={fields.headers} onChange={setHeaders} />
              <PayloadField
                value={payload}
                error={payloadProblem ?? fields.payload ?? null}
                onChange={(text) => {
                  setPayload(text);
                  setPayloadProblem(null);
                }}
                onHeaders={(names) => setHeaders((rows) => withNames(rows, names))}
              />
            </>
          )}
          {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!all && events.length === 0}>
              {known ? texts.saveChanges : settingsDestinationsText.list.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The rows, with one for each of these headers. */
function withNames(rows: HeaderRow[], names: string[]): HeaderRow[] {
  const all = [...rows];
  for (const name of names) {
    const isThere = all.some((row) => row.name.trim().toLowerCase() === name.toLowerCase());
    if (!isThere) all.push(fresh(all, name));
  }
  return all;
}

function notJson(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    return texts.notJson;
  }
}

/** What was typed or pasted with separators is several entries. */
function entries(text: string): string[] {
  return text.split(/[,;\s]+/).filter((entry) => entry !== "");
}

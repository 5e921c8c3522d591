/** What the draft would have sent for the runs there were, with counts. Nothing is sent to find out. */
import { Accordion, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { sentence } from "../api/client.ts";
import type { Definition } from "../api/definition.ts";
import { forecastQuery } from "../api/queries.ts";
import type { Forecast, ForecastChange, RunForecast, WriteForecast } from "../api/workflows.ts";
import { deployText } from "../texts/deploy.tsx";
import { TextLink } from "../ui/links.tsx";
import { ErrorNotice, Hint } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { stepKeyOf } from "./model/samples.ts";
import { findStep } from "./model/steps.ts";

const texts = deployText.forecast;

interface ForecastSectionProps {
  projectId: string;
  workflowId: string;
  definition: Definition;
  titles: ActionTitles;
  opened: boolean;
}

/** Runs that are shown one by one. */
const SHOWN = 20;

export function ForecastSection(props: ForecastSectionProps) {
  const { projectId, workflowId, definition, titles, opened } = props;
  const found = useQuery({
    ...forecastQuery(projectId, workflowId, definition),
    enabled: opened,
    placeholderData: keepPreviousData,
  });
  const named = (key: string) => {
    const step = findStep(definition.steps, key)?.step;
    return step ? nameOf(step, titles) : key;
  };
  return (
    <Stack gap="xs" component="section" aria-label={texts.label}>
      <Title order={3}>{texts.title}</Title>
      <ErrorNotice error={found.error} />
      {found.isPending && <Skeleton height={48} />}
      {found.data && <Found forecast={found.data} named={named} projectId={projectId} />}
    </Stack>
  );
}

interface FoundProps {
  forecast: Forecast;
  named: (key: string) => string;
  projectId: string;
}

function Found({ forecast, named, projectId }: FoundProps) {
  const { runs, users, different, differentUsers, passedOver, changes, items } = forecast;
  if (runs === 0) {
    return (
      <Text size="sm" c="dimmed">
        {texts.noRuns}
      </Text>
    );
  }
  const failing = items.filter((item) => item.fault);
  const guessed = items.filter((item) => item.unknown.length > 0).length;
  const notes = [
    texts.nothingSent,
    guessed > 0 && texts.guessed(guessed),
    passedOver > 0 && texts.notCompared(passedOver),
    items.length > SHOWN && texts.newest(SHOWN),
  ];
  return (
    <Stack gap="sm">
      <Text size="sm">
        {different === 0
          ? texts.same(runs, users)
          : texts.different({ runs: different, users: differentUsers }, { runs, users })}
      </Text>
      {failing.length > 0 && (
        <Hint color="red" p="xs">
          <Text size="sm">{texts.failing(failing.length, sentence(failing[0]?.fault?.message ?? ""))}</Text>
        </Hint>
      )}
      {changes.length > 0 && (
        <Stack gap={4} component="ul" aria-label={texts.changes} m={0} pl={18}>
          {changes.map((change) => (
            <li key={`${change.step} ${change.field} ${change.kind}`}>
              <Text size="sm">
                {changeText(change, named)}{" "}
                <Text span c="dimmed" size="sm">
                  {texts.affected(change.users, users, change.runs)}
                </Text>
              </Text>
            </li>
          ))}
        </Stack>
      )}
      {items.length > 0 && (
        <Accordion variant="contained" chevronPosition="left">
          {items.slice(0, SHOWN).map((item) => (
            <Accordion.Item key={item.runId} value={item.runId}>
              <Accordion.Control>
                <Group gap="xs" wrap="nowrap">
                  <Text size="sm" truncate>
                    {item.externalId ?? item.userId}
                  </Text>
                  <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                    <RelativeTime at={item.createdAt} />
                  </Text>
                </Group>
              </Accordion.Control>
              <Accordion.Panel>
                <RunDifference item={item} named={named} projectId={projectId} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      <Text size="xs" c="dimmed">
        {notes.filter(Boolean).join(" ")}
      </Text>
    </Stack>
  );
}

function RunDifference({ item, named, projectId }: { item: RunForecast } & Omit<FoundProps, "forecast">) {
  return (
    <Stack gap="sm">
      {item.fault && <Text size="sm">{texts.runFails(sentence(item.fault.message))}</Text>}
      {item.writes.map((write) => (
        <div key={write.path}>
          <Text size="sm" fw={500}>
            {callText(write, named(stepKeyOf(write.path)))}
          </Text>
          {fieldsOf(write).map(({ field, before, after }) => (
            <Text key={field} size="xs" style={{ overflowWrap: "anywhere" }}>
              {texts.field(field, shown(before), shown(after))}
            </Text>
          ))}
        </div>
      ))}
      <TextLink size="sm" to="/p/$projectId/task-history/$runId" params={{ projectId, runId: item.runId }}>
        {texts.openRun}
      </TextLink>
    </Stack>
  );
}

function callText({ before, after }: WriteForecast, step: string): string {
  if (!before) return texts.newCall(step);
  return after ? step : texts.goneCall(step);
}

/** Of a call that is new or gone every field is. */
function fieldsOf({ before, after, fields }: WriteForecast) {
  if (before && after) return fields;
  return Object.entries((after ?? before)?.inputs ?? {}).map(([field, value]) => ({
    field,
    before: before ? value : null,
    after: after ? value : null,
  }));
}

function changeText({ step, field, kind }: ForecastChange, named: (key: string) => string): string {
  const what = named(step);
  if (field === null || field === undefined) {
    if (kind === "added") return texts.callAdded(what);
    return kind === "removed" ? texts.callRemoved(what) : texts.callOther(what);
  }
  if (kind === "emptied") return texts.fieldEmptied(what, field);
  return kind === "added" ? texts.fieldAdded(what, field) : texts.fieldChanged(what, field);
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return deployText.changes.empty;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the draft would have sent for the runs there were, with counts. Nothing is sent to find out. */
import { Accordion, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { sentence } from "../api/client.ts";
import type { Definition } from "../api/definition.ts";
import { forecastQuery } from "../api/queries.ts";
import type { Forecast, ForecastChange, RunForecast, WriteForecast } from "../api/workflows.ts";
import { TextLink } from "../ui/links.tsx";
import { ErrorNotice, Hint } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { stepKeyOf } from "./model/samples.ts";
import { findStep } from "./model/steps.ts";

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
    <Stack gap="xs" component="section" aria-label="What would be sent">
      <Title order={3}>What it would have sent</Title>
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
        There are no runs yet to compare with.
      </Text>
    );
  }
  const failing = items.filter((item) => item.fault);
  const guessed = items.filter((item) => item.unknown.length > 0).length;
  return (
    <Stack gap="sm">
      <Text size="sm">
        {different === 0
          ? `The same, for the last ${counted(runs, "run")} of ${counted(users, "user")}.`
          : `Something else for ${different} of the last ${counted(runs, "run")}, ${differentUsers} of ${counted(users, "user")}.`}
      </Text>
      {failing.length > 0 && (
        <Hint color="red" p="xs">
          <Text size="sm">
            {counted(failing.length, "run")} would fail: {sentence(failing[0]?.fault?.message ?? "")}
          </Text>
        </Hint>
      )}
      {changes.length > 0 && (
        <Stack gap={4} component="ul" aria-label="Changes" m={0} pl={18}>
          {changes.map((change) => (
            <li key={`${change.step} ${change.field} ${change.kind}`}>
              <Text size="sm">
                {changeText(change, named)}{" "}
                <Text span c="dimmed" size="sm">
                  for {change.users} of {counted(users, "user")}, {counted(change.runs, "run")}
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
        Nothing was sent. Reads are answered from each run's own history, with today's settings.
        {guessed > 0 &&
          ` For ${counted(guessed, "run")} a step would read something else, so what follows is a guess.`}
        {passedOver > 0 && ` ${counted(passedOver, "run")} could not be compared.`}
        {items.length > SHOWN && ` The newest ${SHOWN} are shown.`}
      </Text>
    </Stack>
  );
}

function RunDifference({ item, named, projectId }: { item: RunForecast } & Omit<FoundProps, "forecast">) {
  return (
    <Stack gap="sm">
      {item.fault && <Text size="sm">Would fail: {sentence(item.fault.message)}</Text>}
      {item.writes.map((write) => (
        <div key={write.path}>
          <Text size="sm" fw={500}>
            {named(stepKeyOf(write.path))}
            {!write.before && " · new"}
            {!write.after && " · no longer sent"}
          </Text>
          {fieldsOf(write).map(({ field, before, after }) => (
            <Text key={field} size="xs" style={{ overflowWrap: "anywhere" }}>
              {field}: <s>{shown(before)}</s> → {shown(after)}
            </Text>
          ))}
        </div>
      ))}
      <TextLink size="sm" to="/p/$projectId/task-history/$runId" params={{ projectId, runId: item.runId }}>
        Open the run
      </TextLink>
    </Stack>
  );
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
    if (kind === "added") return `${what} is sent in addition`;
    return kind === "removed" ? `${what} is no longer sent` : `${what} calls something else`;
  }
  if (kind === "emptied") return `${what}: ${field} becomes empty`;
  return kind === "added" ? `${what}: ${field} is filled in` : `${what}: ${field} changes`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "empty";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

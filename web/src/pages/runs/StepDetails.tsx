import { Accordion, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { call, sentence } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { Attempt, RunDetail, RunItems, RunStep } from "../../api/runs.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { CopyTextButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { AttemptTimeline } from "./AttemptTimeline.tsx";
import { asCurl } from "./curl.ts";

export function TriggerDetails({ event }: { event: NonNullable<RunDetail["event"]> }) {
  return (
    <Stack gap="sm">
      <Title order={2}>{event.name}</Title>
      <Text c="dimmed" size="sm">
        {runsText.trigger.received(<RelativeTime at={event.receivedAt} />)}
      </Text>
      {event.note && <Text size="sm">{sentence(event.note)}</Text>}
      <JsonBlock
        title={commonText.payload}
        value={event.payload}
        label={runsText.trigger.copyPayload}
        maxHeight={480}
      />
    </Stack>
  );
}

export function StepDetails(props: { projectId: string; run: RunDetail; step: RunStep }) {
  const { projectId, run, step } = props;
  const latest = step.attempts.at(-1);
  const [picked, setPicked] = useState<number | null>(null);
  const shown = step.attempts.find((attempt) => attempt.attempt === picked) ?? latest;
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Stack gap={0}>
          <Title order={2}>{step.title}</Title>
          <Text size="sm" c="dimmed" className="mono">
            {step.path === step.key ? (step.action ?? "") : step.path}
          </Text>
        </Stack>
        <StateBadge state={step.state} />
      </Group>
      {step.state === "in_doubt" && <Settle projectId={projectId} run={run} path={step.path} />}
      {step.items && <ItemsLine items={step.items} />}
      {!latest && <Text c="dimmed">{NO_ATTEMPT[step.state] ?? runsText.step.noAttempt}</Text>}
      {step.attempts.length > 1 && shown && (
        <AttemptTimeline attempts={step.attempts} chosen={shown.attempt} onChoose={setPicked} />
      )}
      {shown && <AttemptView attempt={shown} />}
    </Stack>
  );
}

/** Why a step has made no attempt. */
const NO_ATTEMPT: Record<string, string> = {
  not_reached: runsText.step.notReached,
  skipped: runsText.step.skipped,
};

/** How far a loop has come. */
function ItemsLine({ items }: { items: RunItems }) {
  return (
    <Text size="sm">
      {runsText.step.items(items)}
      {items.count > items.done && runsText.step.itemsToGo(items.count - items.done)}
    </Text>
  );
}

function AttemptView({ attempt }: { attempt: Attempt }) {
  const { exchange } = attempt;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {runsText.attempt.about(
          attempt.attempt,
          <RelativeTime at={attempt.startedAt} none={runsText.attempt.notStarted} />,
          duration(attempt.durationMs),
          attempt.nextAttemptAt && <RelativeTime at={attempt.nextAttemptAt} />,
        )}
      </Text>
      {attempt.rule && (
        <Text size="sm">
          <b>{attempt.nextAttemptAt ? runsText.attempt.whyAgain : runsText.attempt.whyNotAgain}</b>
          {attempt.rule}.
        </Text>
      )}
      {attempt.adopted && <Text size="sm">{runsText.attempt.adopted}</Text>}
      {exchange?.joined && <Text size="sm">{runsText.attempt.joined(exchange.joined)}</Text>}
      {attempt.fault && (
        <Text size="sm" c="var(--mantine-color-error)">
          {sentence(attempt.fault.message)}
        </Text>
      )}
      {present(attempt.inputs) && (
        <JsonBlock
          title={commonText.input}
          value={attempt.inputs}
          label={runsText.attempt.copyInput}
          maxHeight={280}
        />
      )}
      {present(attempt.output) && (
        <JsonBlock
          title={commonText.output}
          value={attempt.output}
          label={commonText.copyOutput}
          maxHeight={320}
        />
      )}
      {exchange && (
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="exchange">
            <Accordion.Control>
              <Group gap="xs" wrap="nowrap">
                {runsText.attempt.exchange}
                <Text size="sm" c="dimmed" className="mono" truncate>
                  {exchange.method} {pathOf(exchange.url)} → {exchange.status ?? commonText.noAnswer}
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <JsonBlock
                  title={runsText.attempt.request(exchange.method)}
                  value={exchange.url}
                  label={commonText.copyAddress}
                  wrap
                />
                {present(exchange.requestBody) && (
                  <JsonBlock
                    value={exchange.requestBody}
                    label={runsText.attempt.copyRequestBody}
                    maxHeight={280}
                  />
                )}
                {present(exchange.responseBody) && (
                  <JsonBlock
                    title={runsText.attempt.response(exchange.status ?? "")}
                    value={exchange.responseBody}
                    label={runsText.attempt.copyResponseBody}
                    maxHeight={320}
                  />
                )}
                <div>
                  <CopyTextButton value={asCurl(exchange)}>{runsText.attempt.copyCurl}</CopyTextButton>
                </div>
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  );
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** Only a person can say what became of a call that nobody answered. */
function Settle({ projectId, run, path }: { projectId: string; run: RunDetail; path: string }) {
  const settle = useChange(projectId, (happened: boolean) =>
    call("POST", `${at(projectId)}/runs/${run.id}/settle`, { happened, step: path }),
  );
  return (
    <Stack gap="xs">
      <Text size="sm">{runsText.step.settle}</Text>
      <Group gap="xs">
        <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate(true)}>
          {runsText.step.happened}
        </Button>
        <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate(false)}>
          {runsText.step.doItNow}
        </Button>
      </Group>
      <ErrorNotice error={settle.error} />
    </Stack>
  );
}

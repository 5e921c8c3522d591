import { Accordion, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { call, sentence } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { Attempt, RunDetail, RunItems, RunStep } from "../../api/runs.ts";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { CopyTextButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { AttemptTimeline } from "./AttemptTimeline.tsx";
import { asCurl } from "./curl.ts";
import { itemsText } from "./steps.ts";

export function TriggerDetails({ event }: { event: NonNullable<RunDetail["event"]> }) {
  return (
    <Stack gap="sm">
      <Title order={2}>{event.name}</Title>
      <Text c="dimmed" size="sm">
        Received <RelativeTime at={event.receivedAt} />
      </Text>
      {event.note && <Text size="sm">{sentence(event.note)}</Text>}
      <JsonBlock title="Payload" value={event.payload} label="Copy payload" maxHeight={480} />
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
      {!latest && (
        <Text c="dimmed">{NO_ATTEMPT[step.state] ?? "This step has not made an attempt yet."}</Text>
      )}
      {step.attempts.length > 1 && shown && (
        <AttemptTimeline attempts={step.attempts} chosen={shown.attempt} onChoose={setPicked} />
      )}
      {shown && <AttemptView attempt={shown} />}
    </Stack>
  );
}

/** Why a step has made no attempt. */
const NO_ATTEMPT: Record<string, string> = {
  not_reached: "The run has not come this far.",
  skipped: "The run ended before this step, or took another branch.",
};

/** How far a loop has come. */
function ItemsLine({ items }: { items: RunItems }) {
  return (
    <Text size="sm">
      {itemsText(items)}
      {items.count > items.done && `, ${items.count - items.done} to go`}
    </Text>
  );
}

function AttemptView({ attempt }: { attempt: Attempt }) {
  const { exchange } = attempt;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Attempt {attempt.attempt} · <RelativeTime at={attempt.startedAt} none="not started" /> ·{" "}
        {duration(attempt.durationMs)}
        {attempt.nextAttemptAt && (
          <>
            {" "}
            · next attempt <RelativeTime at={attempt.nextAttemptAt} />
          </>
        )}
      </Text>
      {attempt.rule && (
        <Text size="sm">
          <b>{attempt.nextAttemptAt ? "Why it is tried again: " : "Why it is not tried again: "}</b>
          {attempt.rule}.
        </Text>
      )}
      {attempt.adopted && (
        <Text size="sm">The provider had carried it out already; its record was found and taken over.</Text>
      )}
      {exchange?.joined && (
        <Text size="sm">
          The account's quota was short, so {exchange.joined} writes went to the provider in one call. What is
          shown is this one's part.
        </Text>
      )}
      {attempt.fault && (
        <Text size="sm" c="var(--mantine-color-error)">
          {sentence(attempt.fault.message)}
        </Text>
      )}
      {present(attempt.inputs) && (
        <JsonBlock title="Input" value={attempt.inputs} label="Copy input" maxHeight={280} />
      )}
      {present(attempt.output) && (
        <JsonBlock title="Output" value={attempt.output} label="Copy output" maxHeight={320} />
      )}
      {exchange && (
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="exchange">
            <Accordion.Control>
              <Group gap="xs" wrap="nowrap">
                Request and response
                <Text size="sm" c="dimmed" className="mono" truncate>
                  {exchange.method} {pathOf(exchange.url)} → {exchange.status ?? "no answer"}
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <JsonBlock
                  title={`${exchange.method} request`}
                  value={exchange.url}
                  label="Copy address"
                  wrap
                />
                {present(exchange.requestBody) && (
                  <JsonBlock value={exchange.requestBody} label="Copy request body" maxHeight={280} />
                )}
                {present(exchange.responseBody) && (
                  <JsonBlock
                    title={`Response ${exchange.status ?? ""}`}
                    value={exchange.responseBody}
                    label="Copy response body"
                    maxHeight={320}
                  />
                )}
                <div>
                  <CopyTextButton value={asCurl(exchange)}>Copy as curl</CopyTextButton>
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
      <Text size="sm">Look in the provider's account: was it carried out?</Text>
      <Group gap="xs">
        <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate(true)}>
          Yes, it happened
        </Button>
        <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate(false)}>
          No, do it now
        </Button>
      </Group>
      <ErrorNotice error={settle.error} />
    </Stack>
  );
}

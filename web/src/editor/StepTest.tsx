/** The chosen step's test: run it, see what was sent and answered, keep the output as a sample. */
import { Alert, Button, Group, SegmentedControl, Select, Stack, Text, Tooltip } from "@mantine/core";
import { FlaskConical, Pin, PinOff, TriangleAlert } from "lucide-react";
import { memo, useState } from "react";
import { sentence } from "../api/client.ts";
import type { TriedStep } from "../api/workflows.ts";
import { commonText } from "../texts/common.ts";
import { testingText } from "../texts/testing.tsx";
import { JsonBlock } from "../ui/CodeBlock.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { StateBadge } from "../ui/StateBadge.tsx";
import { duration } from "../ui/time.ts";
import type { StepResult } from "./model/samples.ts";
import { PreviewUser, SimulatedSwitch } from "./PreviewUser.tsx";
import { SimulatorButton } from "./SimulatorDialog.tsx";
import type { Testing } from "./testing.ts";

const texts = testingText.step;

interface StepTestProps {
  projectId: string;
  integrationId: string;
  integrationType: string;
  integrationName: string;
  stepKey: string;
  testing: Testing;
  result: StepResult | undefined;
}

/** It has nothing to do with what is typed into the form above it. */
export const StepTest = memo(function StepTest(props: StepTestProps) {
  const { projectId, integrationId, integrationName, stepKey, testing, result } = props;
  const pinned = testing.pins[stepKey];
  const isRunning = testing.running !== null;
  return (
    <Stack gap="sm" component="section" aria-label={testingText.test}>
      <Group justify="space-between" align="flex-end" wrap="nowrap" gap="xs">
        <PreviewUser {...props} />
        <Button
          variant="default"
          leftSection={<FlaskConical size={16} />}
          loading={testing.running?.step === stepKey}
          disabled={
            !testing.ready || testing.payloadProblem !== null || testing.settingsProblem !== null || isRunning
          }
          onClick={() => void testing.run(stepKey)}
          style={{ flexShrink: 0 }}
        >
          {texts.run}
        </Button>
      </Group>
      <SimulatedSwitch {...props} />
      {testing.simulated && (
        <SimulatorButton projectId={projectId} integrationId={integrationId} name={integrationName} />
      )}
      {!isRunning && <ErrorNotice error={testing.error} />}
      {pinned !== undefined && (
        <Alert color="gray" variant="light" icon={<Pin size={16} />} p="xs">
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm">{texts.isPinned}</Text>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<PinOff size={12} />}
              onClick={() => testing.pin(stepKey, null)}
              style={{ flexShrink: 0 }}
            >
              {texts.unpin}
            </Button>
          </Group>
        </Alert>
      )}
      {result && <Result stepKey={stepKey} result={result} testing={testing} />}
      {!result && pinned !== undefined && (
        <JsonBlock value={pinned} label={commonText.copyOutput} maxHeight={320} />
      )}
    </Stack>
  );
});

type Part = "output" | "inputs" | "request" | "response";

function Result({ stepKey, result, testing }: { stepKey: string; result: StepResult; testing: Testing }) {
  const [index, setIndex] = useState(0);
  const [wanted, setWanted] = useState<Part>("output");
  const tried = result.tried[Math.min(index, result.tried.length - 1)];
  if (!tried) return null;
  const parts = partsOf(tried);
  const part = parts.find(({ value }) => value === wanted) ?? parts[0];
  return (
    <Stack gap="xs">
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <StateBadge state={tried.fault ? "failed" : "succeeded"} />
          {tried.simulated && !tried.pinned && <StateBadge state="simulated" />}
          <Text size="sm" c="dimmed">
            {tried.pinned ? texts.pinned : duration(tried.durationMs)}
          </Text>
        </Group>
        {result.tried.length > 1 && (
          <Select
            size="xs"
            w={150}
            aria-label={texts.item}
            allowDeselect={false}
            data={result.tried.map((each, at) => ({
              value: String(at),
              label: texts.itemNumber(at + 1, Boolean(each.fault)),
            }))}
            value={String(Math.min(index, result.tried.length - 1))}
            onChange={(value) => setIndex(Number(value ?? 0))}
          />
        )}
      </Group>
      {tried.fault && (
        <Alert color="red" variant="light" icon={<TriangleAlert size={18} />} p="xs">
          <Text size="sm">{sentence(tried.fault.message)}</Text>
        </Alert>
      )}
      {part && (
        <>
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={texts.shown}
            data={parts.map(({ value, label }) => ({ value, label }))}
            value={part.value}
            onChange={(value) => setWanted(value as Part)}
          />
          <JsonBlock value={part.shown} label={texts.copy(part.label)} maxHeight={320} />
        </>
      )}
      {tried.output !== null && tried.output !== undefined && testing.pins[stepKey] === undefined && (
        <Tooltip label={texts.pinAbout} position="bottom-start">
          <Button
            size="compact-sm"
            variant="subtle"
            w="fit-content"
            leftSection={<Pin size={14} />}
            onClick={() => testing.pin(stepKey, tried.output ?? null)}
          >
            {texts.pin}
          </Button>
        </Tooltip>
      )}
    </Stack>
  );
}

/** What there is to see of an attempt, the most interesting first. */
function partsOf({ output, inputs, exchange }: TriedStep): { value: Part; label: string; shown: unknown }[] {
  const is = (value: unknown) => value !== null && value !== undefined;
  const parts: { value: Part; label: string; shown: unknown }[] = [];
  if (is(output)) parts.push({ value: "output", label: texts.parts.output, shown: output });
  if (is(inputs)) parts.push({ value: "inputs", label: texts.parts.inputs, shown: inputs });
  if (exchange) {
    const { method, url, requestBody, status, responseBody } = exchange;
    const line = `${method} ${url}`;
    const sent = is(requestBody) ? `${line}\n\n${pretty(requestBody)}` : line;
    parts.push({ value: "request", label: texts.parts.request, shown: sent });
    const answer = is(responseBody) ? `\n\n${pretty(responseBody)}` : "";
    parts.push({
      value: "response",
      label: texts.parts.response,
      shown: `${status ?? commonText.noAnswer}${answer}`,
    });
  }
  return parts;
}

function pretty(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body, null, 2);
}

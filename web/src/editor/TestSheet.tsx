/** Testing the whole workflow: as whom, with what, and what came of each step. The canvas stays in view. */
import { Alert, Button, Drawer, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { FlaskConical, Pin, RotateCcw, TriangleAlert } from "lucide-react";
import { memo } from "react";
import type { Definition } from "../api/definition.ts";
import { testingText } from "../texts/testing.tsx";
import { CodeEditor } from "../ui/CodeEditor.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { StateBadge } from "../ui/StateBadge.tsx";
import { duration } from "../ui/time.ts";
import { whileClosed } from "../ui/whileClosed.ts";
import classes from "./DeploySheet.module.css";
import { type ActionTitles, nameOf } from "./model/names.ts";
import { resultsByKey } from "./model/samples.ts";
import { allSteps } from "./model/steps.ts";
import { PreviewUser, SimulatedSwitch } from "./PreviewUser.tsx";
import { SimulatorButton } from "./SimulatorDialog.tsx";
import type { Testing } from "./testing.ts";

const texts = testingText.workflow;

interface TestSheetProps {
  projectId: string;
  integrationId: string;
  integrationType: string;
  integrationName: string;
  workflowName: string;
  definition: Definition;
  titles: ActionTitles;
  problems: number;
  testing: Testing;
  opened: boolean;
  onClose: () => void;
  onChoose: (key: string) => void;
}

export const TestSheet = memo(function TestSheet(props: TestSheetProps) {
  const { definition, titles, problems, testing, opened, onClose, onChoose } = props;
  const results = resultsByKey(testing.results);
  const steps = allSteps(definition.steps).filter((step) => results.has(step.key));
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={440}
      title={texts.title(props.workflowName)}
      withOverlay={false}
      lockScroll={false}
      shadow="md"
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {testing.simulated ? texts.aboutSimulated(props.integrationName) : texts.aboutReal}
        </Text>
        <PreviewUser {...props} />
        <SimulatedSwitch {...props} />
        {testing.simulated && (
          <SimulatorButton
            projectId={props.projectId}
            integrationId={props.integrationId}
            name={props.integrationName}
          />
        )}
        <Stack gap={4}>
          <CodeEditor
            label={texts.payload}
            minHeight={120}
            error={testing.payloadProblem}
            value={testing.payload}
            onChange={testing.setPayload}
          />
        </Stack>
        {testing.settings !== null && (
          <CodeEditor
            label={texts.settings}
            description={texts.settingsAbout}
            minHeight={80}
            error={testing.settingsProblem}
            value={testing.settings}
            onChange={testing.setSettings}
          />
        )}
        <Button
          leftSection={testing.results.length > 0 ? <RotateCcw size={16} /> : <FlaskConical size={16} />}
          loading={testing.running !== null && testing.running.step === null}
          disabled={
            !testing.ready ||
            testing.payloadProblem !== null ||
            testing.settingsProblem !== null ||
            testing.running !== null ||
            problems > 0
          }
          onClick={() => void testing.run(null)}
        >
          {testing.results.length > 0 ? texts.again : texts.run}
        </Button>
        {problems > 0 && (
          <Alert color="orange" icon={<TriangleAlert size={18} />} p="xs">
            {texts.problems(problems)}
          </Alert>
        )}
        {testing.running === null && <ErrorNotice error={testing.error} />}
        {steps.length > 0 && (
          <Stack gap={2} component="ol" aria-label={texts.results} m={0} p={0} style={{ listStyle: "none" }}>
            {steps.map((step) => {
              const result = results.get(step.key);
              if (!result) return null;
              const many = result.tried.length > 1 ? ` · ${texts.items(result.tried.length)}` : "";
              return (
                <li key={step.key}>
                  <UnstyledButton className={classes.problem} w="100%" onClick={() => onChoose(step.key)}>
                    <Group justify="space-between" wrap="nowrap" gap="xs">
                      <Text size="sm" fw={500} truncate>
                        {nameOf(step, titles)}
                      </Text>
                      <Group gap="xs" wrap="nowrap">
                        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                          {result.tried[0]?.pinned ? (
                            <Pin size={12} aria-label={testingText.step.pinned} />
                          ) : (
                            duration(result.durationMs)
                          )}
                          {many}
                        </Text>
                        {result.tried.some((tried) => tried.simulated && !tried.pinned) && (
                          <StateBadge state="simulated" />
                        )}
                        <StateBadge state={result.ok ? "succeeded" : "failed"} />
                      </Group>
                    </Group>
                  </UnstyledButton>
                </li>
              );
            })}
          </Stack>
        )}
      </Stack>
    </Drawer>
  );
}, whileClosed);

/** The tutorial as a list that ticks itself when the system sees that a thing happened. */
import { Accordion, Button, Group, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";
import { appEventsQuery, connectorsQuery, integrationsQuery, workflowsQuery } from "../../api/queries.ts";
import type { Checklist } from "../../api/session.ts";
import { usePublicUrl } from "../../app/project.ts";
import { TUTORIAL_EXAMPLE } from "../../editor/model/example.ts";
import { commonText } from "../../texts/common.ts";
import { overviewText } from "../../texts/overview.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { CodeTabs } from "../../ui/CodeTabs.tsx";
import { ButtonLink, TextLink } from "../../ui/links.tsx";
import { AppEventDialog } from "../events/AppEventDialog.tsx";
import { WorkflowDialog } from "../integrations/WorkflowDialog.tsx";
import { GenerateKeyDialog } from "../settings/GenerateKeyDialog.tsx";
import * as samples from "./samples.ts";

interface Line {
  id: string;
  title: string;
  done: boolean;
  body: ReactNode;
}

export function TutorialChecklist({ projectId, checklist }: { projectId: string; checklist: Checklist }) {
  // Kept outside the lines: a line that ticks itself folds up, and must not take its dialog along.
  const [dialog, setDialog] = useState<"event" | "workflow" | "key" | null>(null);
  const close = () => setDialog(null);
  const integrationId = useQuery(integrationsQuery(projectId)).data?.[0]?.id;
  const lines = useLines(projectId, checklist, setDialog);
  const done = lines.filter((line) => line.done).length;
  const next = lines.find((line) => !line.done)?.id ?? null;
  const [picked, setPicked] = useState<string | null | undefined>(undefined);
  return (
    <Stack gap="sm" component="section" aria-label={overviewText.tutorial.title}>
      <Group justify="space-between">
        <Title order={2}>
          {done === lines.length ? overviewText.tutorial.allDone : overviewText.tutorial.title}
        </Title>
        <Group gap="xs">
          <Progress w={120} value={(done / lines.length) * 100} aria-label={commonText.done} />
          <Text size="sm" c="dimmed">
            {overviewText.tutorial.progress(done, lines.length)}
          </Text>
        </Group>
      </Group>
      <Accordion
        variant="contained"
        value={picked === undefined ? next : picked}
        onChange={setPicked}
        keepMounted={false}
      >
        {lines.map((line, index) => (
          <Accordion.Item key={line.id} value={line.id} data-done={line.done || undefined}>
            <Accordion.Control
              icon={
                <ThemeIcon
                  size={24}
                  radius="xl"
                  variant={line.done ? "filled" : "default"}
                  color={line.done ? "green" : undefined}
                  aria-label={line.done ? commonText.done : overviewText.tutorial.notDone}
                  role="img"
                >
                  {line.done ? (
                    <Check size={14} />
                  ) : (
                    <Text size="xs" c="dimmed">
                      {index + 1}
                    </Text>
                  )}
                </ThemeIcon>
              }
            >
              <Text fw={500} c={line.done ? "dimmed" : undefined}>
                {line.title}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm" pl={40} maw={820}>
                {line.body}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {dialog === "event" && <AppEventDialog projectId={projectId} opened onClose={close} />}
      {dialog === "workflow" && integrationId && (
        <WorkflowDialog projectId={projectId} integrationId={integrationId} opened onClose={close} />
      )}
      {dialog === "key" && <GenerateKeyDialog projectId={projectId} onClose={close} />}
    </Stack>
  );
}

function useLines(
  projectId: string,
  checklist: Checklist,
  open: (dialog: "event" | "workflow" | "key") => void,
): Line[] {
  const publicUrl = usePublicUrl();
  const connectors = useQuery(connectorsQuery(projectId)).data ?? [];
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  const workflows = useQuery(workflowsQuery(projectId)).data ?? [];
  const events = useQuery(appEventsQuery(projectId)).data?.items ?? [];
  const integration = integrations[0];
  const type = integration?.type ?? connectors[0]?.type ?? "hubspot";
  const name = integration?.name ?? connectors[0]?.name ?? "HubSpot";
  const workflow = workflows.find((candidate) => candidate.state !== "deployed") ?? workflows[0];
  const params = { projectId };
  const facts: samples.SampleFacts = {
    publicUrl,
    projectId,
    eventName: events[0]?.name ?? commonText.contactCreated,
    payload: events[0]?.example ?? TUTORIAL_EXAMPLE,
  };

  return [
    {
      id: "credentials",
      title: overviewText.tutorial.credentials.title(name),
      done: checklist.credentials,
      body: (
        <>
          <Text c="dimmed">{overviewText.tutorial.credentials.about(name)}</Text>
          <Group>
            {integration ? (
              <ButtonLink
                to="/p/$projectId/integrations/$integrationId"
                params={{ projectId, integrationId: integration.id }}
                search={{ tab: "credentials" }}
              >
                {overviewText.tutorial.credentials.add}
              </ButtonLink>
            ) : (
              <ButtonLink to="/p/$projectId/integrations" params={params}>
                {overviewText.tutorial.setUp(name)}
              </ButtonLink>
            )}
          </Group>
        </>
      ),
    },
    {
      id: "appEvent",
      title: overviewText.tutorial.appEvent.title,
      done: checklist.appEvent,
      body: (
        <>
          <Text c="dimmed">{overviewText.tutorial.appEvent.about}</Text>
          <Group>
            <Button onClick={() => open("event")}>{commonText.createAppEvent}</Button>
          </Group>
        </>
      ),
    },
    {
      id: "workflow",
      title: overviewText.tutorial.workflow.title,
      done: checklist.workflow,
      body: (
        <>
          <Text c="dimmed">{overviewText.tutorial.workflow.about(name)}</Text>
          {workflow ? (
            <Group>
              <ButtonLink
                to="/p/$projectId/workflows/$workflowId"
                params={{ projectId, workflowId: workflow.id }}
              >
                {overviewText.tutorial.open(workflow.name)}
              </ButtonLink>
            </Group>
          ) : integration ? (
            <Group>
              <Button onClick={() => open("workflow")}>{commonText.createWorkflow}</Button>
            </Group>
          ) : (
            <Text size="sm">{overviewText.tutorial.setUpFirst(name)}</Text>
          )}
        </>
      ),
    },
    {
      id: "deployed",
      title: overviewText.tutorial.deployed.title,
      done: checklist.deployed,
      body: (
        <>
          <Text c="dimmed">{overviewText.tutorial.deployed.about}</Text>
          {workflow ? (
            <Group>
              <ButtonLink
                to="/p/$projectId/workflows/$workflowId"
                params={{ projectId, workflowId: workflow.id }}
              >
                {overviewText.tutorial.open(workflow.name)}
              </ButtonLink>
            </Group>
          ) : (
            <Text size="sm">{overviewText.tutorial.deployed.buildFirst}</Text>
          )}
        </>
      ),
    },
    {
      id: "signingKey",
      title: overviewText.tutorial.signingKey.title,
      done: checklist.signingKey,
      body: (
        <>
          <Text c="dimmed">{overviewText.tutorial.signingKey.about}</Text>
          <Group>
            <Button onClick={() => open("key")}>{commonText.generateKey}</Button>
          </Group>
        </>
      ),
    },
    {
      id: "tokenSeen",
      title: overviewText.tutorial.tokenSeen.title,
      done: checklist.tokenSeen,
      body: (
        <>
          <CodeBlock
            title={overviewText.tutorial.tokenSeen.install}
            code={samples.installSample(publicUrl)}
          />
          <CodeTabs
            title={overviewText.tutorial.tokenSeen.sign}
            tabs={{ Node: samples.nodeTokenSample(facts), Python: samples.pythonTokenSample(facts) }}
          />
          <CodeBlock
            title={overviewText.tutorial.tokenSeen.authenticate}
            code={samples.authenticateSample(facts)}
          />
          <Text size="sm" c="dimmed">
            {overviewText.tutorial.tokenSeen.onlyTesting((words) => (
              <TextLink size="sm" to="/p/$projectId/settings/$tab" params={{ projectId, tab: "test-tokens" }}>
                {words}
              </TextLink>
            ))}
          </Text>
        </>
      ),
    },
    {
      id: "userConnected",
      title: overviewText.tutorial.userConnected.title(name),
      done: checklist.userConnected,
      body: (
        <>
          <CodeBlock code={samples.connectSample(type)} />
          <Text size="sm" c="dimmed">
            {overviewText.tutorial.userConnected.about}
          </Text>
        </>
      ),
    },
    {
      id: "eventReceived",
      title: overviewText.tutorial.eventReceived.title,
      done: checklist.eventReceived,
      body: (
        <>
          <CodeTabs
            tabs={{
              SDK: samples.sdkEventSample(facts),
              curl: samples.curlSample(facts),
              Node: samples.nodeEventSample(facts),
              Python: samples.pythonEventSample(facts),
            }}
          />
          <Text size="sm" c="dimmed">
            {overviewText.tutorial.eventReceived.about((words) => (
              <TextLink size="sm" to="/p/$projectId/task-history" params={params}>
                {words}
              </TextLink>
            ))}
          </Text>
        </>
      ),
    },
  ];
}

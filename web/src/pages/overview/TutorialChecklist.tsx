/** The tutorial as a list that ticks itself when the system sees that a thing happened. */
import { Accordion, Button, Group, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";
import { appEventsQuery, connectorsQuery, integrationsQuery, workflowsQuery } from "../../api/queries.ts";
import type { Checklist } from "../../api/session.ts";
import { usePublicUrl } from "../../app/project.ts";
import { TUTORIAL_EXAMPLE } from "../../editor/model/example.ts";
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
    <Stack gap="sm" component="section" aria-label="Getting started">
      <Group justify="space-between">
        <Title order={2}>{done === lines.length ? "Everything is set up" : "Getting started"}</Title>
        <Group gap="xs">
          <Progress w={120} value={(done / lines.length) * 100} aria-label="Done" />
          <Text size="sm" c="dimmed">
            {done} of {lines.length}
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
                  aria-label={line.done ? "Done" : "Not done yet"}
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
    eventName: events[0]?.name ?? "Contact Created",
    payload: events[0]?.example ?? TUTORIAL_EXAMPLE,
  };

  return [
    {
      id: "credentials",
      title: `Add your ${name} credentials`,
      done: checklist.credentials,
      body: (
        <>
          <Text c="dimmed">
            Your customers connect through an app of yours at {name}. Its client id and secret go here.
          </Text>
          <Group>
            {integration ? (
              <ButtonLink
                to="/p/$projectId/integrations/$integrationId"
                params={{ projectId, integrationId: integration.id }}
                search={{ tab: "credentials" }}
              >
                Add credentials
              </ButtonLink>
            ) : (
              <ButtonLink to="/p/$projectId/integrations" params={params}>
                {`Set up ${name}`}
              </ButtonLink>
            )}
          </Group>
        </>
      ),
    },
    {
      id: "appEvent",
      title: "Create an App Event",
      done: checklist.appEvent,
      body: (
        <>
          <Text c="dimmed">Name what happens in your app, with an example of its data.</Text>
          <Group>
            <Button onClick={() => open("event")}>Create App Event</Button>
          </Group>
        </>
      ),
    },
    {
      id: "workflow",
      title: "Build a workflow",
      done: checklist.workflow,
      body: (
        <>
          <Text c="dimmed">
            Choose the App Event as its trigger, add a {name} step, and fill its fields by typing {"{{"}.
          </Text>
          {workflow ? (
            <Group>
              <ButtonLink
                to="/p/$projectId/workflows/$workflowId"
                params={{ projectId, workflowId: workflow.id }}
              >
                {`Open ${workflow.name}`}
              </ButtonLink>
            </Group>
          ) : integration ? (
            <Group>
              <Button onClick={() => open("workflow")}>Create workflow</Button>
            </Group>
          ) : (
            <Text size="sm">Set up {name} first.</Text>
          )}
        </>
      ),
    },
    {
      id: "deployed",
      title: "Deploy it",
      done: checklist.deployed,
      body: (
        <>
          <Text c="dimmed">
            Nothing runs until you deploy. What you edit afterwards waits for the next deploy.
          </Text>
          {workflow ? (
            <Group>
              <ButtonLink
                to="/p/$projectId/workflows/$workflowId"
                params={{ projectId, workflowId: workflow.id }}
              >
                {`Open ${workflow.name}`}
              </ButtonLink>
            </Group>
          ) : (
            <Text size="sm">Build a workflow first.</Text>
          )}
        </>
      ),
    },
    {
      id: "signingKey",
      title: "Generate a signing key",
      done: checklist.signingKey,
      body: (
        <>
          <Text c="dimmed">
            Your backend signs each user's token with it. The private half is shown once and never stored.
          </Text>
          <Group>
            <Button onClick={() => open("key")}>Generate key</Button>
          </Group>
        </>
      ),
    },
    {
      id: "tokenSeen",
      title: "Install the SDK and authenticate a user",
      done: checklist.tokenSeen,
      body: (
        <>
          <CodeBlock title="Install it from this server" code={samples.installSample(publicUrl)} />
          <CodeTabs
            title="Sign the user's token in your backend"
            tabs={{ Node: samples.nodeTokenSample(facts), Python: samples.pythonTokenSample(facts) }}
          />
          <CodeBlock title="Authenticate in your page" code={samples.authenticateSample(facts)} />
          <Text size="sm" c="dimmed">
            Only testing?{" "}
            <TextLink size="sm" to="/p/$projectId/settings/$tab" params={{ projectId, tab: "test-tokens" }}>
              Sign a test token
            </TextLink>
            . This line ticks itself when the first valid token is seen.
          </Text>
        </>
      ),
    },
    {
      id: "userConnected",
      title: `Connect a user's ${name}`,
      done: checklist.userConnected,
      body: (
        <>
          <CodeBlock code={samples.connectSample(type)} />
          <Text size="sm" c="dimmed">
            The Connect Portal opens over your page. After connecting, turn the workflow on in its
            Configuration tab.
          </Text>
        </>
      ),
    },
    {
      id: "eventReceived",
      title: "Send an App Event",
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
            The run appears in{" "}
            <TextLink size="sm" to="/p/$projectId/task-history" params={params}>
              Task History
            </TextLink>{" "}
            within a second.
          </Text>
        </>
      ),
    },
  ];
}

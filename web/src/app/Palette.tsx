/** ⌘K: what the page that is open can do; go to a page, a workflow or an integration; copy the project's id. */
import { Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { integrationsQuery, workflowsQuery } from "../api/queries.ts";
import { appText } from "../texts/app.ts";
import { commonText } from "../texts/common.ts";
import { settingsText } from "../texts/settings.tsx";
import { usePageCommands } from "./commands.ts";
import classes from "./Palette.module.css";
import { useProjectId, useSession } from "./project.ts";

const OPEN = "linchpin:palette";

export function openPalette(): void {
  window.dispatchEvent(new Event(OPEN));
}

interface Command {
  label: string;
  hint: string;
  run: () => void;
}

export function Palette() {
  const [opened, setOpened] = useState(false);
  // Also out of a field with variables or code, where whoever types has the hands on the keys.
  useHotkeys([["mod+K", () => setOpened(true)]], [], true);
  useEffect(() => {
    const open = () => setOpened(true);
    window.addEventListener(OPEN, open);
    return () => window.removeEventListener(OPEN, open);
  }, []);
  return (
    <Modal.Root
      opened={opened}
      onClose={() => setOpened(false)}
      size={520}
      padding={0}
      yOffset="12vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label={appText.palette.title}>
        <Modal.Body>{opened && <Commands onDone={() => setOpened(false)} />}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function useCommands(): Command[] {
  const page = usePageCommands();
  const projectId = useProjectId();
  const session = useSession();
  const navigate = useNavigate();
  const workflows = useQuery(workflowsQuery(projectId)).data ?? [];
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  const params = { projectId };
  const { palette } = appText;
  const go = (to: () => Promise<void>) => () => void to();
  return [
    ...page.commands.flatMap(({ label, keys, off, run }) =>
      run && !off ? [{ label, hint: keys ? palette.ofPage(page.title, keys) : page.title, run }] : [],
    ),
    {
      label: commonText.overview,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId", params })),
    },
    {
      label: commonText.integrations,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/integrations", params })),
    },
    {
      label: commonText.appEvents,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/app-events", params })),
    },
    {
      label: commonText.users,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/users", params })),
    },
    {
      label: commonText.taskHistory,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/task-history", params })),
    },
    {
      label: commonText.events,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/task-history/events", params })),
    },
    {
      label: commonText.webhookInbox,
      hint: palette.page,
      run: go(() => navigate({ to: "/p/$projectId/task-history/webhooks", params })),
    },
    ...Object.entries(settingsText.tabs).map(([tab, title]) => ({
      label: tab === "general" ? palette.generalSettings : title,
      hint: commonText.settings,
      run: go(() => navigate({ to: "/p/$projectId/settings/$tab", params: { projectId, tab } })),
    })),
    ...integrations.map((integration) => ({
      label: integration.name,
      hint: commonText.integration,
      run: go(() =>
        navigate({
          to: "/p/$projectId/integrations/$integrationId",
          params: { projectId, integrationId: integration.id },
        }),
      ),
    })),
    ...workflows.map((workflow) => ({
      label: workflow.name,
      hint: commonText.workflow,
      run: go(() =>
        navigate({
          to: "/p/$projectId/workflows/$workflowId",
          params: { projectId, workflowId: workflow.id },
        }),
      ),
    })),
    ...(session?.projects ?? [])
      .filter((project) => project.id !== projectId)
      .map((project) => ({
        label: project.name,
        hint: palette.project,
        run: go(() => navigate({ to: "/p/$projectId", params: { projectId: project.id } })),
      })),
    {
      label: commonText.copyProjectId,
      hint: commonText.copy,
      run: () => void navigator.clipboard.writeText(projectId),
    },
  ];
}

function Commands({ onDone }: { onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const wanted = typed.toLowerCase();
  const commands = useCommands().filter((command) =>
    `${command.label} ${command.hint}`.toLowerCase().includes(wanted),
  );
  const index = Math.min(chosen, commands.length - 1);

  function run(command: Command | undefined) {
    if (!command) return;
    onDone();
    // The dialog gives the focus back as it closes; what runs may move it on.
    setTimeout(command.run);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setChosen(Math.min(index + 1, commands.length - 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(index - 1, 0));
    else if (event.key === "Enter") run(commands[index]);
    else return;
    event.preventDefault();
  }

  return (
    <div>
      <TextInput
        autoFocus
        data-autofocus
        variant="unstyled"
        size="lg"
        px="md"
        py={6}
        placeholder={appText.palette.ask}
        aria-label={appText.palette.ask}
        leftSection={<Search size={18} />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ScrollArea.Autosize mah={360} className={classes.list} offsetScrollbars="y">
        {commands.map((command, at) => (
          <UnstyledButton
            key={`${command.hint} ${command.label}`}
            className={classes.command}
            data-chosen={at === index || undefined}
            tabIndex={-1}
            onMouseMove={() => setChosen(at)}
            onClick={() => run(command)}
          >
            <span>{command.label}</span>
            <Text size="xs" c="dimmed" span>
              {command.hint}
            </Text>
          </UnstyledButton>
        ))}
        {commands.length === 0 && (
          <Text c="dimmed" p="md">
            {appText.palette.nothing(typed)}
          </Text>
        )}
      </ScrollArea.Autosize>
    </div>
  );
}

import { ActionIcon, Button, Group, Menu, Stack, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import {
  Copy,
  Ellipsis,
  FlaskConical,
  History,
  PowerOff,
  Redo2,
  Rocket,
  Settings2,
  Trash2,
  Undo2,
} from "lucide-react";
import { memo, useMemo, useState } from "react";
import { call, fieldsOf, messageOf } from "../api/client.ts";
import type { Definition } from "../api/definition.ts";
import type { Integration } from "../api/integrations.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import type { Workflow, WorkflowState } from "../api/workflows.ts";
import { Allowed } from "../app/Allowed.tsx";
import { useMay } from "../app/rights.ts";
import { commonText } from "../texts/common.ts";
import { deployText } from "../texts/deploy.tsx";
import { editorText } from "../texts/editor.tsx";
import { testingText } from "../texts/testing.tsx";
import { Confirm } from "../ui/Confirm.tsx";
import { TextLink } from "../ui/links.tsx";
import { StateBadge } from "../ui/StateBadge.tsx";
import type { Draft } from "./draft.ts";
import classes from "./Editor.module.css";
import { deployChanges } from "./model/diff.ts";

const { bar: texts, history, saving, usersOn } = editorText;

/** What the bar asks of the draft: nothing of what changes with every letter. */
export type BarDraft = Pick<Draft, "status" | "readOnly" | "canUndo" | "canRedo" | "undo" | "redo" | "flush">;

interface EditorBarProps {
  projectId: string;
  workflow: Workflow;
  integration: Integration;
  /** What is deployed beside the draft. */
  state: WorkflowState;
  draft: BarDraft;
  onTest: () => void;
  onDeploy: () => void;
  onVersions: () => void;
  onSettings: () => void;
}

export const EditorBar = memo(function EditorBar(props: EditorBarProps) {
  const { projectId, workflow, integration, draft, onTest, onDeploy, onVersions, onSettings } = props;
  const [asking, setAsking] = useState<"undeploy" | "delete" | null>(null);
  const navigate = useNavigate();
  const path = `${at(projectId)}/workflows/${workflow.id}`;
  const close = () => setAsking(null);
  const undeploy = useChange(projectId, () => call<Workflow>("POST", `${path}/undeploy`, {}), close);
  const remove = useChange(
    projectId,
    () => call("DELETE", path),
    () =>
      void navigate({
        to: "/p/$projectId/integrations/$integrationId",
        params: { projectId, integrationId: integration.id },
      }),
  );
  const duplicate = useChange(
    projectId,
    async () => {
      if (!(await draft.flush())) throw new Error(texts.notCopied);
      return call<Workflow>("POST", `${path}/copy`, {});
    },
    (copy) => {
      notifications.show({
        color: "green",
        title: texts.duplicated(copy.name),
        message: texts.duplicatedAbout,
      });
      void navigate({
        to: "/p/$projectId/workflows/$workflowId",
        params: { projectId, workflowId: copy.id },
      });
    },
  );
  const { deployed } = workflow;
  return (
    <header className={classes.bar}>
      <VisuallyHidden component="h1">{texts.heading(workflow.name)}</VisuallyHidden>
      <Stack gap={0} style={{ minWidth: 0 }}>
        <Text size="xs" c="dimmed">
          <TextLink
            size="xs"
            c="dimmed"
            to="/p/$projectId/integrations/$integrationId"
            params={{ projectId, integrationId: integration.id }}
          >
            {integration.name}
          </TextLink>
        </Text>
        <Group gap="sm" wrap="nowrap">
          <TitleInput projectId={projectId} workflow={workflow} />
          <span className={classes.state}>
            <StateBadge state={props.state} />
          </span>
          {!draft.readOnly && <SaveNote draft={draft} />}
        </Group>
      </Stack>
      <Group gap={6} wrap="nowrap">
        <IconButton
          label={history.undo}
          off={draft.canUndo ? null : history.nothingToUndo}
          onClick={draft.undo}
        >
          <Undo2 size={18} />
        </IconButton>
        <IconButton
          label={history.redo}
          off={draft.canRedo ? null : history.nothingToRedo}
          onClick={draft.redo}
        >
          <Redo2 size={18} />
        </IconButton>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={texts.more}>
              <Ellipsis size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<Settings2 size={14} />} onClick={onSettings}>
              {commonText.settings}
            </Menu.Item>
            <Menu.Item leftSection={<History size={14} />} onClick={onVersions}>
              {deployText.versions.list}
            </Menu.Item>
            <Allowed to="design">
              <Menu.Item
                leftSection={<Copy size={14} />}
                onClick={() =>
                  duplicate.mutate(undefined, {
                    onError: (error) =>
                      notifications.show({
                        color: "red",
                        title: texts.notDuplicated,
                        message: messageOf(error),
                      }),
                  })
                }
              >
                {texts.duplicate}
              </Menu.Item>
            </Allowed>
            <Allowed to="design">
              <Menu.Item
                leftSection={<PowerOff size={14} />}
                disabled={!deployed}
                onClick={() => setAsking("undeploy")}
              >
                {texts.undeploy}
              </Menu.Item>
            </Allowed>
            <Allowed to="design">
              <Menu.Item color="red" leftSection={<Trash2 size={14} />} onClick={() => setAsking("delete")}>
                {texts.delete}
              </Menu.Item>
            </Allowed>
          </Menu.Dropdown>
        </Menu>
        <Allowed to="build">
          <Button variant="default" leftSection={<FlaskConical size={16} />} onClick={onTest}>
            {testingText.test}
          </Button>
        </Allowed>
        <Allowed to="design">
          <Button leftSection={<Rocket size={16} />} onClick={onDeploy}>
            {deployText.sheet.deploy}
          </Button>
        </Allowed>
      </Group>
      <Confirm
        opened={asking === "undeploy"}
        title={texts.undeployTitle(workflow.name)}
        action={texts.undeploy}
        busy={undeploy.isPending}
        error={undeploy.error}
        onConfirm={() => undeploy.mutate(undefined)}
        onClose={close}
      >
        {texts.undeployAbout(usersOn(workflow.usersEnabled))}
      </Confirm>
      <Confirm
        opened={asking === "delete"}
        title={commonText.deleteAsked(workflow.name)}
        action={texts.delete}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined)}
        onClose={close}
      >
        {texts.deleteAbout(usersOn(workflow.usersEnabled))}
      </Confirm>
    </header>
  );
});

/** A letter that is typed does not wait for the comparison of a long workflow. */
export function useWorkflowState(workflow: Workflow, newest: Definition): WorkflowState {
  const { deployed } = workflow;
  const [definition] = useDebouncedValue(newest, 200);
  return useMemo(() => {
    if (!deployed) return "draft";
    return deployChanges(deployed.definition, definition).length > 0 ? "changed" : "deployed";
  }, [deployed, definition]);
}

interface IconButtonProps {
  label: string;
  /** Why it cannot be done now. */
  off: string | null;
  onClick: () => void;
  children: React.ReactNode;
}

function IconButton({ label, off, onClick, children }: IconButtonProps) {
  return (
    <Tooltip label={off ?? label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        aria-disabled={off !== null}
        onClick={off === null ? onClick : undefined}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function TitleInput({ projectId, workflow }: { projectId: string; workflow: Workflow }) {
  const [name, setName] = useState(workflow.name);
  const may = useMay("design");
  const rename = useChange(projectId, (to: string) =>
    call<Workflow>("PATCH", `${at(projectId)}/workflows/${workflow.id}`, { name: to }),
  );

  function commit() {
    const wanted = name.trim();
    if (wanted === workflow.name) return;
    if (wanted === "") {
      setName(workflow.name);
      return;
    }
    rename.mutate(wanted, {
      onError: (error) => {
        setName(workflow.name);
        notifications.show({
          color: "red",
          title: texts.notRenamed,
          message: fieldsOf(error).name ?? messageOf(error),
        });
      },
    });
  }

  return (
    <input
      className={classes.title}
      aria-label={commonText.workflowName}
      readOnly={!may.ok}
      value={name}
      onChange={(event) => setName(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") {
          setName(workflow.name);
          event.currentTarget.blur();
        }
      }}
    />
  );
}

function SaveNote({ draft }: { draft: BarDraft }) {
  const words: Record<Draft["status"]["kind"], string> = {
    saved: commonText.saved,
    unsaved: saving.saving,
    saving: saving.saving,
    failed: saving.notSaved,
    conflict: saving.notSaved,
  };
  return (
    <Text size="xs" c="dimmed" role="status" style={{ whiteSpace: "nowrap" }}>
      {words[draft.status.kind]}
    </Text>
  );
}

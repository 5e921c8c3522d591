/** What a workflow is to users: how the portal shows it, whether it is on from the start, who may have it. */
import { Button, Drawer, Group, NumberInput, Stack, Switch, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { memo, useState } from "react";
import { call, fieldsOf } from "../api/client.ts";
import type { Conditions } from "../api/definition.ts";
import type { JsonObject } from "../api/json.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import type { Workflow } from "../api/workflows.ts";
import { AllowedForm } from "../app/Allowed.tsx";
import { commonText } from "../texts/common.ts";
import { editorText } from "../texts/editor.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { whileClosed } from "../ui/whileClosed.ts";
import { ConditionsInput } from "./forms/ConditionsInput.tsx";
import { commonSources } from "./model/variables.ts";

const texts = editorText.settings;

interface WorkflowSettingsProps {
  projectId: string;
  workflow: Workflow;
  userMetadata: JsonObject;
  opened: boolean;
  onClose: () => void;
}

export const WorkflowSettings = memo(function WorkflowSettings(props: WorkflowSettingsProps) {
  const { workflow, opened, onClose } = props;
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={480} title={texts.title(workflow.name)}>
      <AllowedForm to="design">
        <Form {...props} />
      </AllowedForm>
    </Drawer>
  );
}, whileClosed);

const NOBODY_ASKED: Conditions = { any: [] };

function Form({ projectId, workflow, userMetadata, onClose }: WorkflowSettingsProps) {
  const [description, setDescription] = useState(workflow.description ?? "");
  const [hidden, setHidden] = useState(workflow.hidden);
  const [defaultEnabled, setDefaultEnabled] = useState(workflow.defaultEnabled);
  const [order, setOrder] = useState<number | string>(workflow.order);
  const [permissions, setPermissions] = useState(workflow.permissions ?? NOBODY_ASKED);
  const save = useChange(
    projectId,
    () =>
      call<Workflow>("PATCH", `${at(projectId)}/workflows/${workflow.id}`, {
        description,
        hidden,
        defaultEnabled,
        order: Number(order),
        permissions: permissions.any.length === 0 ? null : permissions,
      }),
    () => {
      onClose();
      notifications.show({ color: "green", title: texts.saved, message: texts.savedAbout });
    },
  );
  const wrong = fieldsOf(save.error);
  const names = Object.keys(wrong);
  const isInPlace =
    names.length > 0 && names.every((name) => name === "defaultEnabled" || name.startsWith("permissions."));
  // What permissions look at is known before a run begins: the user and nothing else.
  const sources = commonSources({ settings: [], userMetadata, secrets: null }).filter(
    (source) => source.kind === "user",
  );

  return (
    <Stack gap="lg">
      <Textarea
        label={commonText.description}
        description={texts.descriptionAbout}
        autosize
        minRows={2}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <NumberInput
        label={texts.order}
        description={texts.orderAbout}
        allowDecimal={false}
        value={order}
        onChange={setOrder}
      />
      <Switch
        label={texts.hidden}
        description={texts.hiddenAbout}
        checked={hidden}
        onChange={(event) => setHidden(event.currentTarget.checked)}
      />
      <Switch
        label={texts.defaultEnabled}
        description={texts.defaultEnabledAbout}
        checked={defaultEnabled}
        error={wrong.defaultEnabled}
        onChange={(event) => setDefaultEnabled(event.currentTarget.checked)}
      />
      <Stack gap="xs" component="section" aria-label={commonText.permissions}>
        <Title order={3}>{texts.who}</Title>
        <Text size="sm" c="dimmed">
          {permissions.any.length === 0
            ? texts.everybody
            : texts.matching(editorText.usersOn(workflow.usersEnabled))}
        </Text>
        <ConditionsInput
          conditions={permissions}
          sources={sources}
          optional
          problemAt={(place) => problemAt(wrong, place)}
          onChange={(changed) => {
            setPermissions(changed);
            // What was refused was the text before.
            save.reset();
          }}
        />
      </Stack>
      {!isInPlace && <ErrorNotice error={save.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {commonText.cancel}
        </Button>
        <Button loading={save.isPending} onClick={() => save.mutate(undefined)}>
          {texts.save}
        </Button>
      </Group>
    </Stack>
  );
}

/** `any/0/all/1/left` is `permissions.any.0.all.1.left` to the server. */
function problemAt(fields: Record<string, string>, place: string): string | undefined {
  const at = `permissions.${place.replaceAll("/", ".")}`;
  return fields[at] ?? fields[at.replace(/\.(\d+)/g, "[$1]")];
}

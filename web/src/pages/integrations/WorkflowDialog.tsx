import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { Workflow } from "../../api/workflows.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

const { workflows: text } = integrationsText;

interface WorkflowDialogProps {
  projectId: string;
  integrationId: string;
  opened: boolean;
  onClose: () => void;
}

export function WorkflowDialog({ projectId, integrationId, opened, onClose }: WorkflowDialogProps) {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const create = useChange(
    projectId,
    () => call<Workflow>("POST", `${at(projectId)}/workflows`, { integrationId, name }),
    (workflow) => {
      onClose();
      void navigate({
        to: "/p/$projectId/workflows/$workflowId",
        params: { projectId, workflowId: workflow.id },
      });
    },
  );
  const error = fieldsOf(create.error).name;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate(undefined);
  }

  return (
    <Modal opened={opened} onClose={onClose} title={text.dialog} centered transitionProps={{ duration: 0 }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={commonText.workflowName}
            description={text.nameAbout}
            placeholder={text.nameExample}
            required
            data-autofocus
            disabled={create.isPending}
            value={name}
            error={error}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {!error && <ErrorNotice error={create.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {commonText.createWorkflow}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { Workflow } from "../../api/workflows.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";

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
    <Modal
      opened={opened}
      onClose={onClose}
      title="Create a workflow"
      centered
      transitionProps={{ duration: 0 }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Workflow name"
            description="Your customers see it in the portal: say what it does for them."
            placeholder="Sync contacts"
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
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create workflow
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

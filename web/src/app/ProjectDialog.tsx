import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import type { Project } from "../api/session.ts";
import { appText } from "../texts/app.ts";
import { commonText } from "../texts/common.ts";
import { ErrorNotice } from "../ui/Notice.tsx";

/** Creates a project and goes there. */
export function ProjectForm({ onDone }: { onDone: () => void }) {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => call<Project>("POST", "/projects", { name }),
    onSuccess: async (project) => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onDone();
      await navigate({ to: "/p/$projectId", params: { projectId: project.id } });
    },
  });
  const error = fieldsOf(create.error).name;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={commonText.projectName}
          description={appText.project.about}
          placeholder={appText.project.example}
          value={name}
          error={error}
          required
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {!error && <ErrorNotice error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {appText.project.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function ProjectDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={appText.project.dialog} centered>
      <ProjectForm onDone={onClose} />
    </Modal>
  );
}

import { Button, Group, Stack, TagsInput, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, projectQuery, sessionQuery } from "../../api/queries.ts";
import type { Project } from "../../api/session.ts";
import { AllowedForm } from "../../app/Allowed.tsx";
import { checkExample } from "../../editor/model/example.ts";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";
import { keptFor } from "../runs/retention.ts";

export function GeneralTab({ projectId }: { projectId: string }) {
  const project = useQuery(projectQuery(projectId));
  if (project.error) return <ErrorNotice error={project.error} />;
  if (!project.data) return <ListSkeleton />;
  return (
    <AllowedForm to="build">
      <GeneralForm project={project.data} />
    </AllowedForm>
  );
}

function GeneralForm({ project }: { project: Project }) {
  const [name, setName] = useState(project.name);
  const [origins, setOrigins] = useState(project.allowedOrigins);
  const [metadata, setMetadata] = useState(JSON.stringify(project.userMetadata, null, 2));
  const [metadataError, setMetadataError] = useState<string | null>(null);
  const client = useQueryClient();
  const save = useChange(
    project.id,
    (body: Partial<Project>) => call<Project>("PATCH", at(project.id), body),
    () => {
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      notifications.show({ color: "green", title: "Saved", message: "It applies at once." });
    },
  );
  const fields = fieldsOf(save.error);
  const form = useFaultShown(save.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    const checked = checkExample(metadata);
    setMetadataError(checked.ok ? null : checked.message);
    if (checked.ok) save.mutate({ name, allowedOrigins: origins, userMetadata: checked.value });
  }

  return (
    <form ref={form} onSubmit={submit}>
      <Stack maw={620}>
        <TextInput
          label="Project id"
          readOnly
          value={project.id}
          classNames={{ input: "mono" }}
          rightSection={<CopyButton value={project.id} label="Copy project id" />}
        />
        <TextInput
          label="Project name"
          required
          value={name}
          error={fields.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TagsInput
          label="Allowed origins"
          description="Pages that may open the portal. Empty allows any, and asks your users before they connect."
          placeholder={origins.length === 0 ? "https://app.example.com" : ""}
          splitChars={[",", " "]}
          value={origins}
          error={Object.entries(fields).find(([field]) => field.startsWith("allowedOrigins"))?.[1]}
          onChange={setOrigins}
        />
        <CodeEditor
          label="User metadata sample"
          description="What your app sets with setUserMetadata(). Its fields appear in the variable menu under User."
          value={metadata}
          error={metadataError ?? fields.userMetadata ?? null}
          minHeight={110}
          onChange={setMetadata}
        />
        <TextInput
          label="Task History"
          description="Whoever operates the server sets it for all projects (retention, LINCHPIN_RETENTION)."
          readOnly
          variant="filled"
          value={keptFor(project.retentionSeconds ?? null)}
        />
        {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

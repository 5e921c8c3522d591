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
import { commonText } from "../../texts/common.ts";
import { settingsText } from "../../texts/settings.tsx";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";
import { keptFor } from "../runs/retention.ts";

const { general: text } = settingsText;

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
      notifications.show({ color: "green", title: commonText.saved, message: text.saved });
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
          label={commonText.projectId}
          readOnly
          value={project.id}
          classNames={{ input: "mono" }}
          rightSection={<CopyButton value={project.id} label={commonText.copyProjectId} />}
        />
        <TextInput
          label={commonText.projectName}
          required
          value={name}
          error={fields.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TagsInput
          label={text.origins}
          description={text.originsAbout}
          placeholder={origins.length === 0 ? text.originsExample : ""}
          splitChars={[",", " "]}
          value={origins}
          error={Object.entries(fields).find(([field]) => field.startsWith("allowedOrigins"))?.[1]}
          onChange={setOrigins}
        />
        <CodeEditor
          label={text.metadata}
          description={text.metadataAbout}
          value={metadata}
          error={metadataError ?? fields.userMetadata ?? null}
          minHeight={110}
          onChange={setMetadata}
        />
        <TextInput
          label={commonText.taskHistory}
          description={text.retentionAbout}
          readOnly
          variant="filled"
          value={keptFor(project.retentionSeconds ?? null)}
        />
        {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {commonText.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The whole project as one file: out of it to keep or review, into it with a look at what would change first. */
import {
  Alert,
  Button,
  Checkbox,
  FileButton,
  Group,
  List,
  PasswordInput,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, FileUp, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { ApiError, call, query, readText } from "../../api/client.ts";
import type { TextProblem } from "../../api/errors.ts";
import { at, sessionQuery } from "../../api/queries.ts";
import type { AppliedFile } from "../../api/session.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { useSession } from "../../app/project.ts";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { downloadText } from "../../ui/download.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";

export function ProjectFileTab({ projectId }: { projectId: string }) {
  const name = useSession()?.projects.find((project) => project.id === projectId)?.name ?? "project";
  const read = useMutation({
    mutationFn: () => readText(`${at(projectId)}/project-file`),
    onSuccess: (text) => downloadText(`${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.yaml`, text),
  });
  return (
    <Stack gap="xl" maw={860}>
      <Stack gap="sm" component="section" aria-label="Export">
        <Title order={2}>Export</Title>
        <Text c="dimmed">
          Integrations, deployed workflows, App Events and public keys as one YAML file, to keep, to review or
          to apply elsewhere. Secrets stand in it by name only. Drafts, connected users and their accounts are
          not part of it.
        </Text>
        <Button
          variant="default"
          w="fit-content"
          leftSection={<Download size={16} />}
          loading={read.isPending}
          onClick={() => read.mutate()}
        >
          Download the project file
        </Button>
        <ErrorNotice error={read.error} />
      </Stack>
      <Import projectId={projectId} project={name} />
    </Stack>
  );
}

interface Wanted {
  dryRun: boolean;
}

function Import({ projectId, project }: { projectId: string; project: string }) {
  const client = useQueryClient();
  const [file, setFile] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const [prune, setPrune] = useState(false);
  const [missing, setMissing] = useState<string[]>([]);
  const again = useRef<() => void>(null);
  const apply = useMutation({
    mutationFn: ({ dryRun }: Wanted) =>
      call<AppliedFile>("PUT", `${at(projectId)}/project-file${query({ dryRun, prune })}`, { file, values }),
    onSuccess: (applied, { dryRun }) => {
      if (dryRun) return;
      void client.invalidateQueries({ queryKey: [projectId] });
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      void client.invalidateQueries({ queryKey: ["connector", projectId] });
      notifications.show({
        color: "green",
        title: "The project file was applied",
        message: applied.changes.length === 1 ? "1 change" : `${applied.changes.length} changes`,
      });
      choose("");
    },
    onError: (error) => {
      // They stay asked for while their values are tried.
      if (error instanceof ApiError && error.code === "values_missing")
        setMissing((known) => [...new Set([...known, ...(error.meta.missing ?? [])])]);
    },
  });
  const shown = apply.data && apply.variables?.dryRun ? apply.data : null;

  function choose(text: string) {
    setFile(text);
    setValues({});
    setMissing([]);
    apply.reset();
  }

  return (
    <Stack gap="sm" component="section" aria-label="Import">
      <Title order={2}>Import</Title>
      <Text c="dimmed">
        Applies a file to this project, whatever its name in the file is. You see what would change first; all
        of it is done, or nothing. What the file does not mention stays.
      </Text>
      <Group>
        <FileButton
          accept=".yaml,.yml,.json"
          resetRef={again}
          onChange={(chosen) => {
            void chosen?.text().then(choose);
            // The same file, edited, is chosen again.
            again.current?.();
          }}
          inputProps={{ "aria-label": "Project file" }}
        >
          {(button) => (
            <Allowed to="administer">
              <Button variant="default" leftSection={<FileUp size={16} />} {...button}>
                Choose a project file
              </Button>
            </Allowed>
          )}
        </FileButton>
      </Group>
      {file !== "" && (
        <>
          <CodeEditor
            label="The file"
            language="yaml"
            minHeight={220}
            value={file}
            problems={placesOf(apply.error)}
            onChange={(text) => {
              setFile(text);
              apply.reset();
            }}
          />
          {missing.map((name) => (
            <PasswordInput
              key={name}
              label={`Value of ${name}`}
              description="The file names it, and this project has no value for it yet. It is stored sealed."
              autoComplete="off"
              maw={420}
              value={values[name] ?? ""}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setValues((known) => ({ ...known, [name]: value }));
              }}
            />
          ))}
          <Checkbox
            label="Remove what the file does not mention"
            description="Workflows, App Events, secrets and keys; never connected users"
            checked={prune}
            onChange={(event) => {
              setPrune(event.currentTarget.checked);
              apply.reset();
            }}
          />
          <Mistakes error={apply.error} />
          {shown && <Changes applied={shown} project={project} />}
          <Group>
            <Button
              variant={shown ? "default" : "filled"}
              loading={apply.isPending && apply.variables?.dryRun === true}
              onClick={() => apply.mutate({ dryRun: true })}
            >
              Show what would change
            </Button>
            {shown && shown.changes.length > 0 && (
              <Button
                loading={apply.isPending && apply.variables?.dryRun === false}
                onClick={() => apply.mutate({ dryRun: false })}
              >
                {`Apply ${shown.changes.length === 1 ? "1 change" : `${shown.changes.length} changes`}`}
              </Button>
            )}
          </Group>
        </>
      )}
    </Stack>
  );
}

const SIGNS = { add: "added", change: "edited", remove: "removed" };

function Changes({ applied, project }: { applied: AppliedFile; project: string }) {
  return (
    <Stack gap="xs" component="section" aria-label="What would change">
      {applied.fileProject !== project && (
        <Alert color="yellow" variant="light" icon={<TriangleAlert size={18} />}>
          {`The file was made for ${applied.fileProject}. It would be applied to ${project}.`}
        </Alert>
      )}
      <Title order={3}>{applied.changes.length === 0 ? "Nothing would change" : "What would change"}</Title>
      <Stack component="ul" gap={6} p={0} m={0} style={{ listStyle: "none" }}>
        {applied.changes.map((change) => (
          <Group key={`${change.action} ${change.what} ${change.name}`} component="li" gap="xs">
            <StateBadge state={SIGNS[change.action]} />
            <Text size="sm">{`${change.what} ${change.name}`}</Text>
            {change.fields && change.fields.length > 0 && (
              <Text size="sm" c="dimmed" className="mono">
                {change.fields.join(", ")}
              </Text>
            )}
          </Group>
        ))}
      </Stack>
      {applied.notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
    </Stack>
  );
}

function placesOf(error: unknown): TextProblem[] {
  if (!(error instanceof ApiError)) return [];
  return (error.meta.problems ?? []).filter((problem): problem is TextProblem => "line" in problem);
}

function Mistakes({ error }: { error: unknown }) {
  const places = placesOf(error);
  if (places.length === 0) return <ErrorNotice error={error} />;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={18} />}
      title="Nothing was applied"
      role="alert"
    >
      <List size="sm" aria-label="Mistakes">
        {places.map((problem) => (
          <List.Item key={`${problem.line}:${problem.column} ${problem.message}`}>
            {`Line ${problem.line}, column ${problem.column}: ${problem.message}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

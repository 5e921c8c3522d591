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
import { commonText } from "../../texts/common.ts";
import { settingsText } from "../../texts/settings.tsx";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { downloadText } from "../../ui/download.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";

const { file: texts } = settingsText;

export function ProjectFileTab({ projectId }: { projectId: string }) {
  const name = useSession()?.projects.find((project) => project.id === projectId)?.name ?? texts.unnamed;
  const read = useMutation({
    mutationFn: () => readText(`${at(projectId)}/project-file`),
    onSuccess: (text) => downloadText(`${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.yaml`, text),
  });
  return (
    <Stack gap="xl" maw={860}>
      <Stack gap="sm" component="section" aria-label={texts.export}>
        <Title order={2}>{texts.export}</Title>
        <Text c="dimmed">{texts.exportAbout}</Text>
        <Button
          variant="default"
          w="fit-content"
          leftSection={<Download size={16} />}
          loading={read.isPending}
          onClick={() => read.mutate()}
        >
          {texts.download}
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
        title: texts.applied,
        message: texts.appliedText(applied.changes.length),
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
    <Stack gap="sm" component="section" aria-label={texts.import}>
      <Title order={2}>{texts.import}</Title>
      <Text c="dimmed">{texts.importAbout}</Text>
      <Group>
        <FileButton
          accept=".yaml,.yml,.json"
          resetRef={again}
          onChange={(chosen) => {
            void chosen?.text().then(choose);
            // The same file, edited, is chosen again.
            again.current?.();
          }}
          inputProps={{ "aria-label": settingsText.tabs["project-file"] }}
        >
          {(button) => (
            <Allowed to="administer">
              <Button variant="default" leftSection={<FileUp size={16} />} {...button}>
                {texts.choose}
              </Button>
            </Allowed>
          )}
        </FileButton>
      </Group>
      {file !== "" && (
        <>
          <CodeEditor
            label={texts.label}
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
              label={texts.valueOf(name)}
              description={texts.valueAbout}
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
            label={texts.prune}
            description={texts.pruneAbout}
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
              {texts.look}
            </Button>
            {shown && shown.changes.length > 0 && (
              <Button
                loading={apply.isPending && apply.variables?.dryRun === false}
                onClick={() => apply.mutate({ dryRun: false })}
              >
                {texts.apply(shown.changes.length)}
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
    <Stack gap="xs" component="section" aria-label={texts.changes}>
      {applied.fileProject !== project && (
        <Alert color="yellow" variant="light" icon={<TriangleAlert size={18} />}>
          {texts.otherProject(applied.fileProject, project)}
        </Alert>
      )}
      <Title order={3}>{applied.changes.length === 0 ? texts.noChanges : texts.changes}</Title>
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
      title={texts.notApplied}
      role="alert"
    >
      <List size="sm" aria-label={commonText.mistakes}>
        {places.map((problem) => (
          <List.Item key={`${problem.line}:${problem.column} ${problem.message}`}>
            {commonText.mistakeAt(problem.line, problem.column, problem.message)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

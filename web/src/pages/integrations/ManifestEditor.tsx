/** The manifest of a connector of the project's own, checked by the server's own checker while it is written. */
import { Alert, Anchor, Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf, sentence } from "../../api/client.ts";
import type { CheckedManifest, Integration } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { useMay } from "../../app/rights.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

const { manifest: texts } = integrationsText;

interface ManifestEditorProps {
  projectId: string;
  /** Absent for a new one. */
  integration?: Integration;
  manifest: string;
  onSaved: (integration: Integration) => void;
}

export function ManifestEditor({ projectId, integration, manifest, onSaved }: ManifestEditorProps) {
  const [text, setText] = useState(manifest);
  const [slug, setSlug] = useState("");
  const [settled] = useDebouncedValue(text, 400);
  const may = useMay("design");
  const path = `${at(projectId)}/custom-integrations`;
  const checked = useQuery({
    queryKey: [projectId, "check-manifest", settled],
    queryFn: () => call<CheckedManifest>("POST", `${path}/check`, { manifest: settled }),
    enabled: may.ok && settled.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const save = useChange(
    projectId,
    () =>
      integration
        ? call<Integration>("PUT", `${path}/${integration.id}`, { manifest: text })
        : call<Integration>("POST", path, {
            manifest: text,
            ...(slug.trim() !== "" && { slug: slug.trim() }),
          }),
    onSaved,
  );
  const fields = fieldsOf(save.error);
  const problems = settled.trim() === "" ? [] : (checked.data?.problems ?? []);

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(undefined);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={860}>
        {!integration && (
          <TextInput
            label={texts.slug}
            description={texts.slugAbout(
              checked.data?.type && (slug.trim() === "" ? checked.data.type : `custom.${slug.trim()}`),
            )}
            placeholder={texts.slugExample}
            maw={420}
            classNames={{ input: "mono" }}
            value={slug}
            error={fields.slug}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
        )}
        <CodeEditor
          label={texts.label}
          description={texts.about}
          language="yaml"
          minHeight={420}
          value={text}
          problems={problems}
          onChange={setText}
        />
        <Verdict checked={settled.trim() === "" ? undefined : checked.data} />
        <ErrorNotice error={checked.error} />
        {/* What the checker says stands above already, at its places. */}
        {!fields.manifest && !fields.slug && <ErrorNotice error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={text.trim() === "" || problems.length > 0}>
            {integration ? texts.save : texts.create}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {integration ? texts.afterSaving : texts.afterCreating}{" "}
          {texts.api((words) => (
            <Anchor href="/openapi.json" target="_blank" rel="noreferrer" size="sm" underline="always">
              {words}
            </Anchor>
          ))}
        </Text>
      </Stack>
    </form>
  );
}

function Verdict({ checked }: { checked: CheckedManifest | undefined }) {
  if (!checked) return null;
  if (checked.problems.length === 0) {
    return (
      <Alert color="green" variant="light" icon={<CircleCheck size={18} />} role="status">
        {texts.good(checked)}
      </Alert>
    );
  }
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={18} />}
      title={texts.problems(checked.problems.length)}
      role="status"
    >
      <List size="sm" aria-label={commonText.mistakes}>
        {checked.problems.map((problem) => (
          <List.Item key={`${problem.line}:${problem.column} ${problem.message}`}>
            {commonText.mistakeAt(problem.line, problem.column, sentence(problem.message))}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

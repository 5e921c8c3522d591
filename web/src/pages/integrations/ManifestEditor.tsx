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
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

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
            label="Name in the API"
            description={`Its type is “custom.” and this name; the manifest's kind when empty.${
              checked.data?.type
                ? ` Now: ${slug.trim() === "" ? checked.data.type : `custom.${slug.trim()}`}`
                : ""
            }`}
            placeholder="tasklab"
            maw={420}
            classNames={{ input: "mono" }}
            value={slug}
            error={fields.slug}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
        )}
        <CodeEditor
          label="Manifest"
          description="YAML or JSON: how accounts are connected, and the actions that workflows can use."
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
            {integration ? "Save manifest" : "Create integration"}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {integration
            ? "Accounts and workflows stay. Runs that began before may meet the new manifest, so keep the actions that they use."
            : "It begins inactive: enter credentials where it needs an app, then switch it on."}{" "}
          <Anchor href="/openapi.json" target="_blank" rel="noreferrer" size="sm" underline="always">
            The API can do the same
          </Anchor>
          .
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
        {`${checked.name ?? "It"} is good: ${counted(checked.actions, "action")}, ${counted(checked.triggers, "trigger")}.`}
      </Alert>
    );
  }
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={18} />}
      title={counted(checked.problems.length, "mistake")}
      role="status"
    >
      <List size="sm" aria-label="Mistakes">
        {checked.problems.map((problem) => (
          <List.Item key={`${problem.line}:${problem.column} ${problem.message}`}>
            {`Line ${problem.line}, column ${problem.column}: ${sentence(problem.message)}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

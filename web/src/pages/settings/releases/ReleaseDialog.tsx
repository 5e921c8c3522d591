/** A release before it is made: where from, what changes, what must be done beside it, then the button. */
import { Alert, Button, Group, Modal, Select, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { call, sentence } from "../../../api/client.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { type Release, type ReleasePreview, releasePreviewQuery } from "../../../api/releases.ts";
import { useSession } from "../../../app/project.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsReleasesText } from "../../../texts/settingsReleases.tsx";
import { ErrorNotice, Hint } from "../../../ui/Notice.tsx";
import { ListSkeleton } from "../../../ui/Skeletons.tsx";
import { ChangesList } from "./ChangesList.tsx";

const { dialog: text, preview: shown } = settingsReleasesText;

export function ReleaseDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const others = (useSession()?.projects ?? []).filter(
    (project) => project.id !== projectId && project.role !== "support",
  );
  const [source, setSource] = useState(others.length === 1 ? (others[0]?.id ?? "") : "");
  const [message, setMessage] = useState("");
  const preview = useQuery({ ...releasePreviewQuery(projectId, source), staleTime: 0, gcTime: 0 });
  const release = useChange(
    projectId,
    () =>
      call<Release>("POST", `${at(projectId)}/releases`, {
        sourceProjectId: source,
        message: message.trim(),
      }),
    (made) => {
      onClose();
      notifications.show({
        color: "green",
        title: text.done(made.number),
        message: commonText.runsGoOn,
      });
    },
  );
  const isReady = (preview.data?.changes.length ?? 0) > 0 && preview.data?.problems.length === 0;
  return (
    <Modal opened onClose={onClose} title={settingsReleasesText.list.start} centered size="lg">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          release.mutate(undefined);
        }}
      >
        <Stack>
          {others.length === 0 ? (
            <Hint>{text.noOthers}</Hint>
          ) : (
            <Select
              label={commonText.from}
              placeholder={text.choose}
              data={others.map((project) => ({ value: project.id, label: project.name }))}
              allowDeselect={false}
              value={source || null}
              onChange={(value) => setSource(value ?? "")}
            />
          )}
          <ErrorNotice error={preview.error} />
          {source !== "" && preview.isPending && <ListSkeleton rows={2} />}
          {preview.data && <Preview preview={preview.data} />}
          <Textarea
            label={text.message}
            placeholder={text.messageExample}
            autosize
            minRows={2}
            value={message}
            onChange={(event) => setMessage(event.currentTarget.value)}
          />
          <ErrorNotice error={release.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={release.isPending} disabled={!isReady}>
              {text.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Preview({ preview }: { preview: ReleasePreview }) {
  return (
    <Stack gap="sm" role="status" aria-label={shown.label}>
      {preview.problems.length > 0 && (
        <Alert color="red" variant="light" icon={<CircleAlert size={18} />} title={shown.problems}>
          {preview.problems.map((problem) => (
            <div key={problem}>{sentence(problem)}</div>
          ))}
        </Alert>
      )}
      {preview.problems.length === 0 && (
        <Stack gap={4}>
          <Title order={3}>{shown.changes}</Title>
          {preview.changes.length === 0 ? (
            <Text size="sm" c="dimmed">
              {shown.noChanges}
            </Text>
          ) : (
            <ChangesList changes={preview.changes} />
          )}
        </Stack>
      )}
      {preview.messages.map(({ level, text }) => (
        <Group key={text} gap={8} wrap="nowrap" align="flex-start">
          {level === "warning" ? (
            <TriangleAlert size={16} aria-label={shown.warning} style={{ flexShrink: 0, marginTop: 2 }} />
          ) : (
            <Info size={16} aria-label={shown.information} style={{ flexShrink: 0, marginTop: 2 }} />
          )}
          <Text size="sm">{sentence(text)}.</Text>
        </Group>
      ))}
    </Stack>
  );
}

/** A rollout under way: how far it is, and raising it, finishing it, or rolling it back. */
import { Button, Group, Modal, Paper, Progress, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { call, fieldsOf } from "../api/client.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import { type Rollout, type RunningRollout, rolloutQuery, type WorkflowRollout } from "../api/rollout.ts";
import { useMay } from "../app/rights.ts";
import { commonText } from "../texts/common.ts";
import { deployText } from "../texts/deploy.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { RolloutFields } from "./RolloutFields.tsx";

const texts = deployText.rollout;

interface RolloutBarProps {
  projectId: string;
  workflowId: string;
}

export const RolloutBar = memo(function RolloutBar({ projectId, workflowId }: RolloutBarProps) {
  const running = useQuery(rolloutQuery(projectId, workflowId)).data;
  if (!running) return null;
  return <Running projectId={projectId} workflowId={workflowId} running={running} />;
});

function Running(props: { projectId: string; workflowId: string; running: RunningRollout }) {
  const { projectId, workflowId, running } = props;
  const may = useMay("design").ok;
  const [changing, setChanging] = useState(false);
  const path = `${at(projectId)}/workflows/${workflowId}/rollout`;
  const finish = useChange(
    projectId,
    () => call("POST", `${path}/finish`, {}),
    () =>
      notifications.show({
        color: "green",
        title: texts.finished(running.versionNumber),
        message: texts.finishedAbout,
      }),
  );
  const rollBack = useChange(
    projectId,
    () => call("DELETE", path),
    () =>
      notifications.show({
        color: "green",
        title: texts.rolledBack(running.deployedNumber),
        message: texts.rolledBackAbout(running.versionNumber),
      }),
  );
  const { usersOnIt, usersEnabled } = running;
  return (
    <Paper withBorder radius={0} px="md" py="xs" component="section" aria-label={texts.label}>
      <Group justify="space-between" gap="sm">
        <Stack gap={4} style={{ flex: "1 1 320px", minWidth: 0 }}>
          <Text size="sm">
            {texts.state(
              running.versionNumber,
              who(running),
              usersEnabled > 0 ? texts.reached(usersOnIt, usersEnabled) : null,
              running.deployedNumber,
            )}
          </Text>
          {usersEnabled > 0 && (
            <Progress
              value={(100 * usersOnIt) / usersEnabled}
              size="sm"
              maw={420}
              aria-label={texts.progress}
            />
          )}
        </Stack>
        {may && (
          <Group gap={6}>
            <Button size="xs" variant="default" onClick={() => setChanging(true)}>
              {texts.change}
            </Button>
            <Button
              size="xs"
              variant="default"
              loading={rollBack.isPending}
              onClick={() => rollBack.mutate(undefined)}
            >
              {commonText.rollBack}
            </Button>
            <Button size="xs" loading={finish.isPending} onClick={() => finish.mutate(undefined)}>
              {texts.finish}
            </Button>
          </Group>
        )}
      </Group>
      <ErrorNotice error={finish.error ?? rollBack.error} mt="xs" />
      {changing && (
        <ChangeDialog
          projectId={projectId}
          path={path}
          running={running}
          onClose={() => setChanging(false)}
        />
      )}
    </Paper>
  );
}

interface ChangeProps {
  projectId: string;
  path: string;
  running: RunningRollout;
  onClose: () => void;
}

function ChangeDialog({ projectId, path, running, onClose }: ChangeProps) {
  const [wanted, setWanted] = useState<Rollout>({ percent: running.percent, userIds: running.userIds });
  const save = useChange(projectId, () => call<WorkflowRollout>("PUT", path, wanted), onClose);
  const fields = fieldsOf(save.error);
  return (
    <Modal opened onClose={onClose} title={texts.dialog(running.versionNumber)} centered>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack>
          <RolloutFields value={wanted} errors={fields} onChange={setWanted} />
          {wanted.percent < running.percent && (
            <Text size="sm" c="dimmed">
              {texts.smaller(running.deployedNumber)}
            </Text>
          )}
          {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {commonText.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function who({ percent, userIds }: Rollout): string {
  const named = texts.named(userIds.length);
  if (percent === 0) return named;
  return userIds.length === 0 ? texts.share(percent) : texts.shareAndNamed(percent, named);
}

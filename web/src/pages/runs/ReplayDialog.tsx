/** A replay of many: counted first, done only when someone has seen the number. */
import { Button, Group, List, Modal, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { call } from "../../api/client.ts";
import type { ReplayedAll } from "../../api/history.ts";
import { useChange } from "../../api/mutations.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

interface Progressed {
  done: number;
  skipped: ReplayedAll["skipped"];
}

interface ReplayDialogProps {
  projectId: string;
  title: string;
  /** The door that counts with `dryRun`, and replays in several calls. */
  path: string;
  /** What is counted, and then replayed. */
  filter: object;
  /** How it is replayed. */
  how?: object;
  /** What is replayed, with its number: "1 run". */
  counted: (count: number) => string;
  /** What is said when nothing is found. */
  nothing: string;
  /** What someone should know, and choose, before it begins. */
  before: (counted: string) => ReactNode;
  /** Why one of them could not be replayed. */
  skipped: (skipped: ReplayedAll["skipped"][number]) => ReactNode;
  onClose: () => void;
}

export function ReplayDialog(props: ReplayDialogProps) {
  const { projectId, title, path, filter, how, counted, nothing, before, skipped, onClose } = props;
  const [progress, setProgress] = useState<Progressed | null>(null);
  const dry = useQuery({
    // Apart from what a change of the project lets be read again: the replay itself would change what was counted.
    queryKey: ["replay-count", projectId, path, filter],
    queryFn: () => call<ReplayedAll>("POST", path, { ...filter, dryRun: true }),
    // Counted once; the dialog says what was counted.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const replay = useChange(projectId, async () => {
    let cursor: string | null = null;
    let sum: Progressed = { done: 0, skipped: [] };
    do {
      const answer: ReplayedAll = await call<ReplayedAll>("POST", path, { ...filter, ...how, cursor });
      sum = { done: sum.done + answer.replayed, skipped: [...sum.skipped, ...answer.skipped] };
      setProgress(sum);
      cursor = answer.nextCursor;
    } while (cursor !== null);
  });
  const found = dry.data?.found;
  const what = counted(found ?? 0);
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <Stack>
        <ErrorNotice error={dry.error} />
        {dry.isPending && <Text>{runsText.replayMany.counting}</Text>}
        {found === 0 && <Text>{nothing}</Text>}
        {found !== undefined && found > 0 && !progress && before(what)}
        {progress && found !== undefined && (
          <Stack gap="xs" role="status">
            <Progress
              value={((progress.done + progress.skipped.length) / Math.max(found, 1)) * 100}
              aria-label={runsText.replayMany.replayed}
            />
            <Text>
              {runsText.replayMany.progress(progress.done, what)}
              {progress.skipped.length > 0 && runsText.replayMany.skipped(progress.skipped.length)}
            </Text>
            <List size="sm">
              {progress.skipped.slice(0, 5).map((each) => (
                <List.Item key={each.id}>{skipped(each)}</List.Item>
              ))}
            </List>
          </Stack>
        )}
        <ErrorNotice error={replay.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {replay.isSuccess ? commonText.close : commonText.cancel}
          </Button>
          {found !== undefined && found > 0 && !replay.isSuccess && (
            <Button loading={replay.isPending} onClick={() => replay.mutate(undefined)}>
              {runsText.replayMany.begin(what)}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

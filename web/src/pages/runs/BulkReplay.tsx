/** Replays what the filters find: counted first, done only when someone has seen the number. */
import { Button, Group, List, Modal, Progress, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { call, sentence } from "../../api/client.ts";
import type { ReplayedAll, ReplayHow, RunFilter } from "../../api/history.ts";
import { useChange } from "../../api/mutations.ts";
import { at, withPeriod } from "../../api/queries.ts";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";

const over = ["failed", "cancelled", "succeeded"];

export function BulkReplay({ projectId, filter }: { projectId: string; filter: RunFilter }) {
  // What is counted is what is replayed: runs that arrive while someone reads are not among them.
  const [chosen, setChosen] = useState<RunFilter | null>(null);
  const state = filter.state && over.includes(filter.state) ? filter.state : "failed";
  if (filter.state && !over.includes(filter.state)) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<RotateCcw size={16} />}
        onClick={() => {
          const now = new Date().toISOString();
          setChosen({ before: now, ...withPeriod(filter), state });
        }}
      >
        {`Replay ${stateLook(state).word.toLowerCase()} runs`}
      </Button>
      {chosen && <BulkReplayDialog projectId={projectId} filter={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

interface Progressed {
  done: number;
  skipped: ReplayedAll["skipped"];
}

function BulkReplayDialog(props: { projectId: string; filter: RunFilter; onClose: () => void }) {
  const { projectId, filter, onClose } = props;
  const path = `${at(projectId)}/runs/replay`;
  const [version, setVersion] = useState<NonNullable<ReplayHow["version"]>>("current");
  const [from, setFrom] = useState<NonNullable<ReplayHow["from"]>>("start");
  const [progress, setProgress] = useState<Progressed | null>(null);
  const dry = useQuery({
    queryKey: [projectId, "replay-count", filter],
    queryFn: () => call<ReplayedAll>("POST", path, { ...filter, dryRun: true }),
    // Counted once; the dialog says what was counted.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const replay = useChange(projectId, async () => {
    let cursor: string | null = null;
    let sum: Progressed = { done: 0, skipped: [] };
    do {
      const answer: ReplayedAll = await call<ReplayedAll>("POST", path, { ...filter, version, from, cursor });
      sum = { done: sum.done + answer.replayed, skipped: [...sum.skipped, ...answer.skipped] };
      setProgress(sum);
      cursor = answer.nextCursor;
    } while (cursor !== null);
  });
  const found = dry.data?.found;
  const runs = found === 1 ? "1 run" : `${(found ?? 0).toLocaleString("en")} runs`;
  return (
    <Modal opened onClose={onClose} title={`Replay ${filter.state} runs`} centered>
      <Stack>
        <ErrorNotice error={dry.error} />
        {dry.isPending && <Text>Counting…</Text>}
        {found === 0 && <Text>No {filter.state} run matches the filters. There is nothing to replay.</Text>}
        {found !== undefined && found > 0 && !progress && (
          <>
            <Text>
              The filters find <b>{runs}</b>. Each starts again as a new run, with the same event.
            </Text>
            <Radio.Group
              label="With"
              value={version}
              onChange={(value) => setVersion(value === "original" ? "original" : "current")}
            >
              <Stack gap={6} mt={6}>
                <Radio value="current" label="the version that is deployed now" />
                <Radio value="original" label="the version that each run had" />
              </Stack>
            </Radio.Group>
            {filter.state === "failed" && (
              <Radio.Group
                label="From"
                value={from}
                onChange={(value) => setFrom(value === "failed" ? "failed" : "start")}
              >
                <Stack gap={6} mt={6}>
                  <Radio value="start" label="the first step" />
                  <Radio value="failed" label="the step that failed: what was done is not done again" />
                </Stack>
              </Radio.Group>
            )}
            {filter.state === "succeeded" && (
              <Hint>These runs did their work. Replaying them sends it to the provider a second time.</Hint>
            )}
          </>
        )}
        {progress && found !== undefined && (
          <Stack gap="xs" role="status">
            <Progress
              value={((progress.done + progress.skipped.length) / Math.max(found, 1)) * 100}
              aria-label="Replayed"
            />
            <Text>
              {`Replayed ${progress.done.toLocaleString("en")} of ${runs}.`}
              {progress.skipped.length > 0 && ` ${progress.skipped.length} could not be replayed:`}
            </Text>
            <List size="sm">
              {progress.skipped.slice(0, 5).map((skipped) => (
                <List.Item key={skipped.id}>
                  <TextLink
                    size="sm"
                    to="/p/$projectId/task-history/$runId"
                    params={{ projectId, runId: skipped.id }}
                  >
                    This run
                  </TextLink>
                  : {sentence(skipped.reason)}
                </List.Item>
              ))}
            </List>
          </Stack>
        )}
        <ErrorNotice error={replay.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {replay.isSuccess ? "Close" : "Cancel"}
          </Button>
          {found !== undefined && found > 0 && !replay.isSuccess && (
            <Button loading={replay.isPending} onClick={() => replay.mutate(undefined)}>
              {`Replay ${runs}`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

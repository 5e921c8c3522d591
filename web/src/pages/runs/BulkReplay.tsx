/** Replays the runs that the filters find. */
import { Button, Radio, Stack, Text } from "@mantine/core";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../api/client.ts";
import type { ReplayHow, RunFilter } from "../../api/history.ts";
import { at, withPeriod } from "../../api/queries.ts";
import { TextLink } from "../../ui/links.tsx";
import { Hint } from "../../ui/Notice.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";
import { ReplayDialog } from "./ReplayDialog.tsx";

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

function BulkReplayDialog(props: { projectId: string; filter: RunFilter; onClose: () => void }) {
  const { projectId, filter, onClose } = props;
  const [version, setVersion] = useState<NonNullable<ReplayHow["version"]>>("current");
  const [from, setFrom] = useState<NonNullable<ReplayHow["from"]>>("start");
  return (
    <ReplayDialog
      projectId={projectId}
      title={`Replay ${filter.state} runs`}
      path={`${at(projectId)}/runs/replay`}
      filter={filter}
      how={{ version, from }}
      counted={(count) => (count === 1 ? "1 run" : `${count.toLocaleString("en")} runs`)}
      nothing={`No ${filter.state} run matches the filters. There is nothing to replay.`}
      before={(runs) => (
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
      skipped={({ id, reason }) => (
        <>
          <TextLink size="sm" to="/p/$projectId/task-history/$runId" params={{ projectId, runId: id }}>
            This run
          </TextLink>
          : {sentence(reason)}
        </>
      )}
      onClose={onClose}
    />
  );
}

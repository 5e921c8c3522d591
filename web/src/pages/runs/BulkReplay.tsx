/** Replays the runs that the filters find. */
import { Button, Radio, Stack, Text } from "@mantine/core";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../api/client.ts";
import type { ReplayHow, RunFilter } from "../../api/history.ts";
import { at, withPeriod } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
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
        {runsText.replayRuns.title(stateLook(state).word.toLowerCase())}
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
      title={runsText.replayRuns.title(filter.state ?? "")}
      path={`${at(projectId)}/runs/replay`}
      filter={filter}
      how={{ version, from }}
      counted={runsText.replayRuns.counted}
      nothing={runsText.replayRuns.nothing(filter.state ?? "")}
      before={(runs) => (
        <>
          <Text>{runsText.replayRuns.found(runs)}</Text>
          <Radio.Group
            label={runsText.replayRuns.with}
            value={version}
            onChange={(value) => setVersion(value === "original" ? "original" : "current")}
          >
            <Stack gap={6} mt={6}>
              <Radio value="current" label={runsText.replayRuns.withDeployed} />
              <Radio value="original" label={runsText.replayRuns.withOwn} />
            </Stack>
          </Radio.Group>
          {filter.state === "failed" && (
            <Radio.Group
              label={commonText.from}
              value={from}
              onChange={(value) => setFrom(value === "failed" ? "failed" : "start")}
            >
              <Stack gap={6} mt={6}>
                <Radio value="start" label={runsText.replayRuns.fromStart} />
                <Radio value="failed" label={runsText.replayRuns.fromFailed} />
              </Stack>
            </Radio.Group>
          )}
          {filter.state === "succeeded" && <Hint>{runsText.replayRuns.twice}</Hint>}
        </>
      )}
      skipped={({ id, reason }) =>
        runsText.replayRuns.notReplayed(
          (words) => (
            <TextLink size="sm" to="/p/$projectId/task-history/$runId" params={{ projectId, runId: id }}>
              {words}
            </TextLink>
          ),
          sentence(reason),
        )
      }
      onClose={onClose}
    />
  );
}

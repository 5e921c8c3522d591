/** Replays the events that started nothing because an account had to be reconnected. */
import { Button, Text } from "@mantine/core";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../api/client.ts";
import { at } from "../../api/queries.ts";
import { runsText } from "../../texts/runs.tsx";
import { ReplayDialog } from "./ReplayDialog.tsx";

interface SkippedReplayProps {
  projectId: string;
  /** Those of one name. */
  event?: string | undefined;
}

export function SkippedReplay({ projectId, event }: SkippedReplayProps) {
  // What is counted is what is replayed: events that arrive while someone reads are not among them.
  const [before, setBefore] = useState<string | null>(null);
  return (
    <>
      <Button
        variant="default"
        leftSection={<RotateCcw size={16} />}
        onClick={() => setBefore(new Date().toISOString())}
      >
        {runsText.replayEvents.title}
      </Button>
      {before !== null && (
        <ReplayDialog
          projectId={projectId}
          title={runsText.replayEvents.title}
          path={`${at(projectId)}/received-events/replay-skipped`}
          filter={{ before, event }}
          counted={runsText.replayEvents.counted}
          nothing={runsText.replayEvents.nothing}
          before={(events) => <Text>{runsText.replayEvents.found(events)}</Text>}
          skipped={({ reason }) => sentence(reason)}
          onClose={() => setBefore(null)}
        />
      )}
    </>
  );
}

/** Replays the events that started nothing because an account had to be reconnected. */
import { Button, Text } from "@mantine/core";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../api/client.ts";
import { at } from "../../api/queries.ts";
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
        Replay skipped events
      </Button>
      {before !== null && (
        <ReplayDialog
          projectId={projectId}
          title="Replay skipped events"
          path={`${at(projectId)}/received-events/replay-skipped`}
          filter={{ before, event }}
          counted={(count) => (count === 1 ? "1 event" : `${count.toLocaleString("en")} events`)}
          nothing="No event waits: none was skipped because an account had to be reconnected."
          before={(events) => (
            <Text>
              <b>{events}</b> arrived while an account had to be reconnected and started nothing. Those whose
              account works again start now, each once, on the version that is deployed; the others go on
              waiting.
            </Text>
          )}
          skipped={({ reason }) => sentence(reason)}
          onClose={() => setBefore(null)}
        />
      )}
    </>
  );
}

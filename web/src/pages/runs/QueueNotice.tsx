/** Why a run has not begun: who goes before it, or what holds its account. */
import { Alert } from "@mantine/core";
import { Hourglass } from "lucide-react";
import type { RunQueue } from "../../api/runs.ts";
import { runsText } from "../../texts/runs.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";

const texts = runsText.queue;
/** What is as near as this is no time to tell. */
const MOMENT_MS = 5_000;

export function QueueNotice({ queue }: { queue: RunQueue }) {
  const { ahead, heldUntil, heldBecause, expectedAt } = queue;
  if (!heldBecause && ahead === 0) return null;
  const isAway = heldBecause === "away";
  return (
    <Alert
      color={isAway ? "yellow" : "blue"}
      icon={<Hourglass size={18} />}
      title={isAway ? texts.away : heldBecause ? texts.quota : texts.title}
      role="status"
    >
      {isAway && texts.onceBack}
      {heldUntil &&
        Date.parse(heldUntil) - Date.now() > MOMENT_MS &&
        texts.held(<RelativeTime at={heldUntil} />)}
      {texts.ahead(ahead)}
      {expectedAt && !isAway && texts.expected(<RelativeTime at={expectedAt} />)}
    </Alert>
  );
}

/** The attempts of a step on one line of time: how long each took, and how long it waited in between. */
import { Text, UnstyledButton } from "@mantine/core";
import type { Attempt } from "../../api/runs.ts";
import { runsText } from "../../texts/runs.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import classes from "./AttemptTimeline.module.css";

interface AttemptTimelineProps {
  attempts: Attempt[];
  chosen: number;
  onChoose: (attempt: number) => void;
}

export function AttemptTimeline({ attempts, chosen, onChoose }: AttemptTimelineProps) {
  const line = lineOf(attempts, Date.now());
  return (
    <ol className={classes.line} aria-label={runsText.attempt.all}>
      {attempts.map((attempt, index) => {
        const place = line[index];
        return (
          <li key={attempt.attempt}>
            <UnstyledButton
              className={classes.row}
              aria-pressed={attempt.attempt === chosen}
              onClick={() => onChoose(attempt.attempt)}
            >
              <Text size="sm" w={74} span>
                {runsText.attempt.title(attempt.attempt)}
              </Text>
              <span className={classes.track} aria-hidden>
                {place && (
                  <span
                    className={classes.bar}
                    data-state={attempt.state}
                    style={{ left: `${place.left}%`, width: `${place.width}%` }}
                  />
                )}
              </span>
              <Text size="sm" c="dimmed" w={190} span className={classes.words}>
                {stateLook(attempt.state).word}
                {attempt.exchange?.status ? ` · ${attempt.exchange.status}` : ""}
                {` · ${duration(attempt.durationMs)}`}
              </Text>
            </UnstyledButton>
          </li>
        );
      })}
      <NextAttempt attempt={attempts.at(-1)} />
    </ol>
  );
}

function NextAttempt({ attempt }: { attempt: Attempt | undefined }) {
  if (!attempt?.nextAttemptAt || Date.parse(attempt.nextAttemptAt) < Date.now()) return null;
  return (
    <Text component="li" size="sm" pl={8} pt={4}>
      {runsText.attempt.next(<RelativeTime at={attempt.nextAttemptAt} />)}
    </Text>
  );
}

interface Place {
  left: number;
  width: number;
}

/** Where each attempt lies between the first start and the last end, in hundredths. A short one can still be seen. */
export function lineOf(attempts: Attempt[], now: number): (Place | null)[] {
  const spans = attempts.map((attempt) => {
    const start = Date.parse(attempt.startedAt ?? attempt.finishedAt ?? "");
    const took = attempt.durationMs ?? 0;
    const from = attempt.startedAt ? start : start - took;
    const to = attempt.finishedAt
      ? Date.parse(attempt.finishedAt)
      : Math.max(from + took, Math.min(now, from + 1000));
    return Number.isNaN(from) ? null : { from, to: Math.max(to, from) };
  });
  const known = spans.filter((span) => span !== null);
  const begin = Math.min(...known.map((span) => span.from));
  const whole = Math.max(1, Math.max(...known.map((span) => span.to)) - begin);
  return spans.map((span) => {
    if (!span) return null;
    const width = Math.max(1.5, ((span.to - span.from) / whole) * 100);
    return { left: Math.min(((span.from - begin) / whole) * 100, 100 - width), width };
  });
}

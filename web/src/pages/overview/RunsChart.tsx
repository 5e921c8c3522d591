/** Runs by time as bars: succeeded, failed, the rest. Numbers are read out, and shown on hover. */
import { Text } from "@mantine/core";
import type { Overview } from "../../api/overview.ts";
import { overviewText } from "../../texts/overview.tsx";
import { duration } from "../../ui/time.ts";
import classes from "./RunsChart.module.css";

const WIDTH = 720;
const HEIGHT = 140;

export function RunsChart({ overview }: { overview: Overview }) {
  const { slots, slotSeconds } = overview;
  const most = Math.max(1, ...slots.map((slot) => slot.succeeded + slot.failed + slot.other));
  const step = WIDTH / slots.length;
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={overviewText.chart.label(slots.length, overview.totals)}
        preserveAspectRatio="none"
      >
        {slots.map((slot, index) => {
          const parts = [
            ["succeeded", slot.succeeded],
            ["failed", slot.failed],
            ["other", slot.other],
          ] as const;
          let top = HEIGHT;
          return (
            <g key={slot.at}>
              <title>
                {overviewText.chart.bar(
                  nameOf(slot.at, slotSeconds),
                  slot,
                  slot.medianMs === null || slot.medianMs === undefined ? null : duration(slot.medianMs),
                )}
              </title>
              <rect className={classes.ground} x={index * step} y={0} width={step} height={HEIGHT} />
              {parts.map(([name, count]) => {
                // A single failure among thousands must still be seen.
                const height = count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 8));
                top -= height;
                return (
                  <rect
                    key={name}
                    className={classes[name]}
                    x={index * step + 1.5}
                    y={top}
                    width={Math.max(1, step - 3)}
                    height={height}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <figcaption className={classes.caption}>
        <Text size="xs" c="dimmed">
          {nameOf(slots[0]?.at ?? overview.since, slotSeconds)}
        </Text>
        <span className={classes.legend}>
          {(["succeeded", "failed", "other"] as const).map((name) => (
            <Text key={name} size="xs" c="dimmed" span>
              <span className={classes.key} data-of={name} aria-hidden />
              {overviewText.chart.parts[name]}
            </Text>
          ))}
        </span>
        <Text size="xs" c="dimmed">
          {overviewText.chart.now}
        </Text>
      </figcaption>
    </figure>
  );
}

function nameOf(at: string, slotSeconds: number): string {
  const day = { day: "numeric", month: "short" } as const;
  return new Date(at).toLocaleString(
    "en",
    slotSeconds >= 86_400 ? day : { ...day, hour: "2-digit", minute: "2-digit" },
  );
}

/** A line without axes: how a number went. */
export function Sparkline({ values, label }: { values: (number | null)[]; label: string }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <div className={classes.spark} aria-hidden />;
  const most = Math.max(...known);
  const least = Math.min(...known, 0);
  const height = (value: number) => 30 - ((value - least) / Math.max(most - least, 1e-9)) * 26;
  const points = values
    .map((value, index) =>
      value === null ? null : `${(index / (values.length - 1)) * 120},${height(value)}`,
    )
    .filter((point) => point !== null)
    .join(" ");
  return (
    <svg
      className={classes.spark}
      viewBox="0 0 120 32"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline points={points} />
    </svg>
  );
}

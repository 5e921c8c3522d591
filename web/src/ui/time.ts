/** Times for people: relative in words, exact on hover, in the viewer's zone. */
import { uiText } from "../texts/ui.tsx";

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function relative(then: string, now: number): string {
  const seconds = Math.round((Date.parse(then) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return uiText.time.justNow;
  if (size < 60) return words.format(seconds, "second");
  if (size < 3600) return words.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return words.format(Math.round(seconds / 3600), "hour");
  if (size < 86_400 * 30) return words.format(Math.round(seconds / 86_400), "day");
  return new Date(then).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

export function exact(then: string): string {
  return new Date(then).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });
}

export function duration(ms: number | null | undefined): string {
  const { time } = uiText;
  if (ms === null || ms === undefined) return time.unknown;
  if (ms < 1000) return time.milliseconds(Math.round(ms));
  if (ms < 60_000) return time.seconds((ms / 1000).toFixed(ms < 10_000 ? 1 : 0));
  if (ms < 3_600_000) return time.minutes(Math.floor(ms / 60_000), Math.round((ms % 60_000) / 1000));
  return time.hours(Math.floor(ms / 3_600_000), Math.round((ms % 3_600_000) / 60_000));
}

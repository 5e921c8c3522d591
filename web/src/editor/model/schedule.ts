/** Schedules as people say them: the usual ones by their parts, any other as its cron. */
import { Cron } from "croner";
import { triggersText } from "../../texts/triggers.ts";

const { days, times } = triggersText;

export const DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "MON-FRI"] as const;

type Day = (typeof DAYS)[number];

export type Preset =
  | { kind: "minutes"; every: number }
  | { kind: "hourly"; minute: number }
  | { kind: "daily"; time: string }
  | { kind: "weekly"; day: Day; time: string }
  | { kind: "monthly"; date: number; time: string }
  | { kind: "custom" };

/** Which of the usual schedules a cron is. */
export function presetOf(cron: string): Preset {
  const fields = cron.trim().split(/\s+/);
  const [second, minute = "", hour = "", date = "", month = "", day = ""] =
    fields.length === 5 ? ["0", ...fields] : fields;
  const every = /^\*\/(\d+)$/.exec(minute);
  const isNumber = (text: string) => /^\d+$/.test(text);
  if (second !== "0" || month !== "*") return { kind: "custom" };
  if (hour === "*" && date === "*" && day === "*") {
    if (every?.[1]) return { kind: "minutes", every: Number(every[1]) };
    return isNumber(minute) ? { kind: "hourly", minute: Number(minute) } : { kind: "custom" };
  }
  if (!isNumber(minute) || !isNumber(hour)) return { kind: "custom" };
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (date === "*" && day === "*") return { kind: "daily", time };
  const weekday = DAYS.find((each) => each === day.toUpperCase());
  if (date === "*" && weekday) return { kind: "weekly", day: weekday, time };
  return day === "*" && isNumber(date) ? { kind: "monthly", date: Number(date), time } : { kind: "custom" };
}

/** The cron of a usual schedule; null for one that people write themselves. */
export function cronOf(preset: Preset): string | null {
  switch (preset.kind) {
    case "minutes":
      return `0 */${preset.every} * * * *`;
    case "hourly":
      return `0 ${preset.minute} * * * *`;
    case "daily":
      return `${clock(preset.time)} * * *`;
    case "weekly":
      return `${clock(preset.time)} * * ${preset.day}`;
    case "monthly":
      return `${clock(preset.time)} ${preset.date} * *`;
    case "custom":
      return null;
  }
}

/** `09:30` as the first three fields. */
function clock(time: string): string {
  const [hour = "0", minute = "0"] = time.split(":");
  return `0 ${Number(minute)} ${Number(hour)}`;
}

export function scheduleText(cron: string): string {
  const preset = presetOf(cron);
  switch (preset.kind) {
    case "minutes":
      return times.minutes(preset.every);
    case "hourly":
      return times.hourly(preset.minute);
    case "daily":
      return times.daily(preset.time);
    case "weekly":
      return preset.day === "MON-FRI"
        ? times.workingDays(preset.time)
        : times.weekly(days[preset.day], preset.time);
    case "monthly":
      return times.monthly(preset.date, preset.time);
    case "custom":
      return cron;
  }
}

/** The next times of a schedule; none when the cron cannot be read yet, or never comes. */
export function nextTimes(cron: string, timeZone: string, count: number, after: Date): Date[] {
  try {
    return new Cron(cron, { timezone: timeZone, paused: true }).nextRuns(count, after);
  } catch {
    return [];
  }
}

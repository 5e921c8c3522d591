/** Schedules as people say them: the usual ones by their parts, any other as its cron. */
import { Cron } from "croner";

export type Preset =
  | { kind: "minutes"; every: number }
  | { kind: "hourly"; minute: number }
  | { kind: "daily"; time: string }
  | { kind: "weekly"; day: string; time: string }
  | { kind: "monthly"; date: number; time: string }
  | { kind: "custom" };

export const DAYS = [
  { value: "MON", label: "Monday" },
  { value: "TUE", label: "Tuesday" },
  { value: "WED", label: "Wednesday" },
  { value: "THU", label: "Thursday" },
  { value: "FRI", label: "Friday" },
  { value: "SAT", label: "Saturday" },
  { value: "SUN", label: "Sunday" },
  { value: "MON-FRI", label: "Every working day" },
];

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
  if (date === "*" && DAYS.some(({ value }) => value === day.toUpperCase())) {
    return { kind: "weekly", day: day.toUpperCase(), time };
  }
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
      return preset.every === 1 ? "Every minute" : `Every ${preset.every} minutes`;
    case "hourly":
      return `Every hour at minute ${preset.minute}`;
    case "daily":
      return `Every day at ${preset.time}`;
    case "weekly": {
      const day = DAYS.find(({ value }) => value === preset.day)?.label ?? preset.day;
      return preset.day === "MON-FRI" ? `${day} at ${preset.time}` : `Every ${day} at ${preset.time}`;
    }
    case "monthly":
      return `Every month on day ${preset.date} at ${preset.time}`;
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

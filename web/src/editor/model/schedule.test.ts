import { describe, expect, it } from "vitest";
import { cronOf, nextTimes, type Preset, presetOf, scheduleText } from "./schedule.ts";
import cases from "./schedule-cases.json" with { type: "json" };

const usual: [string, Preset, string][] = [
  ["0 */15 * * * *", { kind: "minutes", every: 15 }, "Every 15 minutes"],
  ["0 5 * * * *", { kind: "hourly", minute: 5 }, "Every hour at minute 5"],
  ["0 30 9 * * *", { kind: "daily", time: "09:30" }, "Every day at 09:30"],
  ["0 0 18 * * FRI", { kind: "weekly", day: "FRI", time: "18:00" }, "Every Friday at 18:00"],
  ["0 0 8 * * MON-FRI", { kind: "weekly", day: "MON-FRI", time: "08:00" }, "Every working day at 08:00"],
  ["0 0 7 1 * *", { kind: "monthly", date: 1, time: "07:00" }, "Every month on day 1 at 07:00"],
];

describe("a schedule", () => {
  it("is one of the usual ones, written and read alike", () => {
    for (const [cron, preset, text] of usual) {
      expect(presetOf(cron)).toEqual(preset);
      expect(cronOf(preset)).toBe(cron);
      expect(scheduleText(cron)).toBe(text);
    }
  });

  it("may have five fields, and may be any other", () => {
    expect(presetOf("30 9 * * *")).toEqual({ kind: "daily", time: "09:30" });
    for (const cron of ["0 */15 8-18 * * MON-FRI", "*/5 * * * * *", "0 0 0 L * *", "nonsense", ""]) {
      expect(presetOf(cron)).toEqual({ kind: "custom" });
      expect(scheduleText(cron)).toBe(cron);
    }
  });

  it("comes when the server says: its tests read the same cases", () => {
    expect(cases.length).toBeGreaterThan(10);
    for (const { cron, zone, after, next } of cases) {
      const times = nextTimes(cron, zone, next.length, new Date(after));
      expect(
        times.map((time) => time.toISOString().replace(".000Z", "Z")),
        `${cron} ${zone}`,
      ).toEqual(next);
    }
  });

  it("knows when it comes next, by the clock of its zone", () => {
    const after = new Date("2026-03-28T12:00:00Z");
    // The clocks of Berlin go forward on 29 March.
    expect(nextTimes("0 0 9 * * *", "Europe/Berlin", 2, after).map((time) => time.toISOString())).toEqual([
      "2026-03-29T07:00:00.000Z",
      "2026-03-30T07:00:00.000Z",
    ]);
    expect(nextTimes("nonsense", "UTC", 3, after)).toEqual([]);
    expect(nextTimes("0 0 9 * * *", "Nowhere/Land", 3, after)).toEqual([]);
  });
});

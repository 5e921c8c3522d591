import { describe, expect, it } from "vitest";
import { keptFor } from "./retention.ts";

describe("how long runs are kept", () => {
  it.each([
    [null, "Nothing is ever removed."],
    [90 * 86_400, "Kept for 90 days after a run is done."],
    [86_400, "Kept for 1 day after a run is done."],
    [12 * 3600, "Kept for 12 hours after a run is done."],
    [30, "Kept for 1 minute after a run is done."],
  ])("is said in words: %s", (seconds, words) => {
    expect(keptFor(seconds)).toBe(words);
  });
});

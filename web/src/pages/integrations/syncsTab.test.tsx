import { describe, expect, it } from "vitest";
import type { SyncStatus } from "../../api/syncs.ts";
import { details, drift } from "./SyncsTab.tsx";

const account = { state: "active", read: 0, pending: 0, refused: 0, conflicts: 0 } as SyncStatus;

describe("what the table of accounts says", () => {
  it("names only what is there", () => {
    expect(details(account)).toBe("");
    expect(details({ ...account, pending: 2, refused: 1, conflicts: 3 })).toBe(
      "2 to send, 1 refused, 3 conflicts so far",
    );
    expect(details({ ...account, state: "loading", read: 1200 })).toBe("1,200 read so far");
  });

  it("says what a comparison found", () => {
    const check = { at: "2026-01-01T00:00:00Z", records: 9, missing: 0, differing: 0, surplus: 0 };
    expect(drift(check)).toBe("All the same");
    expect(drift({ ...check, missing: 1, surplus: 2 })).toBe("1 missing, 2 gone; mended");
  });
});

import { describe, expect, it } from "vitest";
import type { Definition } from "../../api/definition.ts";
import type { Trigger } from "../../api/triggers.ts";
import { deployChanges } from "./diff.ts";
import { isAppEvent, triggerExample, triggerText } from "./triggers.ts";

const kinds: [Trigger, string, string][] = [
  [{ appEvent: "Contact Created" }, "App Event", "Contact Created"],
  [{ request: {} }, "Request", "Any request"],
  [{ request: { validate: { body: { email: { required: true } } } } }, "Request", "Checks email"],
  [{ schedule: { cron: "0 0 9 * * *", timeZone: "UTC" } }, "Schedule", "Every day at 09:00 (UTC)"],
  [{ integrationEnabled: {} }, "Integration Enabled", "An account was connected"],
  [{ provider: { event: "contacts.created", inputs: {} } }, "Provider event", "contacts.created"],
  [{ webhook: { name: "orders" } }, "Webhook", "orders"],
];

describe("a trigger", () => {
  it("of any kind has a title and a summary", () => {
    for (const [trigger, title, summary] of kinds) {
      expect(triggerText(trigger)).toMatchObject({ title, summary });
      expect(isAppEvent(trigger)).toBe(title === "App Event");
    }
    expect(triggerText(null).summary).toBe("Choose an App Event");
  });

  it("of another kind than before is named in what a deploy changes", () => {
    const of = (trigger: Trigger): Definition => ({ trigger, steps: [] });
    const changes = deployChanges(of({ appEvent: "Contact Created" }), of({ request: {} }));
    expect(changes.map((change) => change.details)).toEqual([
      ["Request “Any request”, was App Event “Contact Created”"],
    ]);
  });

  it("offers the names that steps can use", () => {
    const request = { validate: { headers: { "X-Source": {} }, body: { email: {} } } };
    expect(triggerExample({ request }, [], [])).toEqual({
      body: { email: "" },
      headers: { "x-source": "" },
      params: {},
    });
    expect(triggerExample({ integrationEnabled: {} }, [], [])).toBeUndefined();
  });
});

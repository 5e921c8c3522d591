import { describe, expect, it } from "vitest";
import { HostPage, snapshot } from "./stand";

describe("messages to the portal", () => {
  it("count only from the parent window", () => {
    const host = new HostPage();
    host.send(snapshot(), { source: {} });
    expect(host.page.snapshot()).toBeUndefined();
    host.send(snapshot());
    expect(host.page.snapshot()).toBeDefined();
  });

  it("count only from the origin that spoke first", () => {
    const host = new HostPage();
    host.send(snapshot());
    const first = host.page.snapshot();
    host.send(snapshot(undefined, { integration: null }), { origin: "https://evil.example" });
    expect(host.page.snapshot()).toBe(first);
  });

  it("do not count from a page without an origin, which could not be answered", () => {
    const host = new HostPage();
    host.send(snapshot(), { origin: "null" });
    expect(host.page.snapshot()).toBeUndefined();
  });

  it.each([
    null,
    undefined,
    1,
    "UI_UPDATE",
    {},
    { messageType: "UI_UPDATE" },
    { messageType: "UI_UPDATE", nextContext: 1 },
  ])("that make no sense are ignored: %j", (data) => {
    const host = new HostPage();
    host.send(data);
    expect(host.page.snapshot()).toBeUndefined();
  });
});

describe("calls of the page", () => {
  it("are refused before the page has spoken: nobody knows to whom they would go", async () => {
    await expect(new HostPage().page.call("onOpen")).rejects.toThrow("has not said anything");
  });

  it("resolve and reject with the reply to them, whatever its order", async () => {
    const host = new HostPage();
    host.send(snapshot());
    host.answers.enableWorkflow = (id: string) => {
      if (id === "bad") throw new Error('{"message":"settings are missing","code":"invalid"}');
      return id;
    };
    const [bad, good] = await Promise.allSettled([
      host.page.call("enableWorkflow", "bad"),
      host.page.call("enableWorkflow", "good"),
    ]);
    expect(good).toMatchObject({ value: "good" });
    expect(bad.status === "rejected" && bad.reason.message).toBe("settings are missing");
  });

  it("in turn wait for each other", async () => {
    const host = new HostPage();
    host.send(snapshot());
    const order: string[] = [];
    host.answers.enableWorkflow = (id: string) => {
      order.push(`call ${id}`);
      if (id === "a") throw new Error("no");
    };
    const first = host.page.callInTurn("enableWorkflow", "a").catch(() => order.push("a failed"));
    const second = host.page.callInTurn("enableWorkflow", "b").then(() => order.push("b done"));
    await Promise.all([first, second]);
    expect(order.indexOf("call b")).toBeGreaterThan(order.indexOf("call a"));
    expect(order.at(-1)).toBe("b done");
  });
});

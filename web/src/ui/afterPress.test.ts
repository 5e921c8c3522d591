import { expect, it, vi } from "vitest";
import { afterPress } from "./afterPress.ts";

const fire = (type: string) => document.body.dispatchEvent(new Event(type, { bubbles: true }));

it("waits until a press has become a click", async () => {
  const done: string[] = [];
  afterPress(() => done.push("at once"));
  expect(done).toEqual(["at once"]);
  document.body.addEventListener("click", () => done.push("click"), { once: true });
  fire("pointerdown");
  afterPress(() => done.push("after it"));
  expect(done).toEqual(["at once"]);
  fire("pointerup");
  fire("click");
  await vi.waitFor(() => expect(done).toEqual(["at once", "click", "after it"]));
  afterPress(() => done.push("at once again"));
  expect(done.at(-1)).toBe("at once again");
});

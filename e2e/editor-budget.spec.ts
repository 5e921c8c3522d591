/** A workflow of 500 steps stays smooth. What is measured is printed; only a generous floor is asserted. */
import { expect, test } from "@playwright/test";
import { EditorWorld } from "./src/editor.ts";

/** A machine that is busy with other things draws fewer; one that freezes draws next to none. */
const FLOOR = 5;

let world: EditorWorld;

test.beforeAll(async () => {
  const step = (index: number) => ({
    [`step_${index}`]: { title: `Step ${index}`, action: "contacts.create", inputs: { email: "{{ trigger.email }}" } },
  });
  const condition = { any: [{ all: [{ left: "{{ trigger.company }}", operator: "$exists" }] }] };
  // A hundred conditions with four steps each: five hundred.
  const steps = Array.from({ length: 100 }, (_, index) => ({
    [`check_${index}`]: {
      title: `Check ${index}`,
      if: condition,
      then: [step(index * 4), step(index * 4 + 1)],
      else: [step(index * 4 + 2), step(index * 4 + 3)],
    },
  }));
  world = await EditorWorld.start("editor-budget", { Long: { trigger: { appEvent: "Contact Created" }, steps } });
});

test.afterAll(() => world?.stop());

test("500 steps can be moved about, typed into and undone without waiting", async ({ page }) => {
  await world.signIn(page);
  const editor = await world.open(page, "Long");
  await expect(editor.step("Check 0")).toBeVisible();
  const box = await editor.canvas.boundingBox();
  if (!box) throw new Error("the canvas is in view");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);

  /** Frames a second while something is done. */
  const measured = async (does: () => Promise<void>): Promise<number> => {
    await page.evaluate(() => {
      const counting = { frames: 0, since: performance.now(), on: true };
      Object.assign(window, { counting });
      const frame = () => {
        counting.frames++;
        if (counting.on) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await does();
    return page.evaluate(() => {
      const { counting } = window as unknown as { counting: { frames: number; since: number; on: boolean } };
      counting.on = false;
      return (counting.frames * 1000) / (performance.now() - counting.since);
    });
  };

  const scrolled = await measured(async () => {
    for (let turn = 0; turn < 60; turn++) {
      await page.mouse.wheel(0, 300);
      await page.waitForTimeout(16);
    }
  });
  const walked = await measured(async () => {
    await editor.canvas.locator("button[aria-pressed]").first().focus();
    for (let turn = 0; turn < 40; turn++) await page.keyboard.press("ArrowDown");
  });
  await editor.inspector.getByRole("textbox", { name: "First name", exact: true }).or(
    editor.inspector.getByRole("textbox", { name: "Left side of condition 1" }),
  ).click();
  const typed = await measured(async () => {
    await page.keyboard.type("a text of some length, as people type it", { delay: 20 });
  });
  console.log(
    `frames a second with 500 steps: scrolling ${scrolled.toFixed(0)}, walking ${walked.toFixed(0)}, typing ${typed.toFixed(0)}`,
  );
  for (const frames of [scrolled, walked, typed]) expect(frames).toBeGreaterThan(FLOOR);

  // Choosing all and taking it back is one step each.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+a");
  await expect(editor.inspector.getByRole("heading", { name: "100 steps chosen" })).toBeVisible();
  await page.keyboard.press("Delete");
  await expect(editor.canvas.locator("button[aria-pressed]")).toHaveCount(1);
  await page.keyboard.press("Control+z");
  await expect.poll(() => editor.canvas.locator("button[aria-pressed]").count()).toBeGreaterThan(5);
  await editor.saved();
});

/**
 * A workflow of 500 steps stays smooth: what the browser's main thread works for one frame of panning, pointing,
 * walking, dragging and typing fits into a sixtieth of a second. Measured is its processor time, not the clock: a busy
 * machine draws fewer frames, and the work for each is still the same.
 */
import { type CDPSession, expect, type Page, test } from "@playwright/test";
import { type Editor, EditorWorld } from "./src/editor.ts";

/** A frame at 60 a second. */
const FRAME_MS = 1000 / 60;

// A trace takes a picture of the page's elements at every action: work that nobody else's browser does.
test.use({ trace: "off" });

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

test.beforeEach(({ page }) => world.signIn(page));

/** What the main thread does, in milliseconds of processor time. */
class Work {
  /** What asking for the figures takes itself, for each frame. */
  private asking = 0;

  private constructor(
    private readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  static async of(page: Page): Promise<Work> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const work = new Work(page, session);
    work.asking = await work.perFrame("asking", 20, async () => {});
    return work;
  }

  private async total(): Promise<number> {
    const { metrics } = await this.session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
  }

  /** Until what was asked for is drawn. */
  private frame(): Promise<void> {
    return this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }

  /**
   * The usual work for a frame in which something is done, in the best of three rounds: what else the machine does
   * only ever adds to it.
   */
  async usual(what: string, count: number, does: (turn: number) => Promise<void>): Promise<number> {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3 && best >= FRAME_MS; round++) {
      best = Math.min(best, await this.perFrame(what, count, does));
    }
    return best;
  }

  private async perFrame(what: string, count: number, does: (turn: number) => Promise<void>): Promise<number> {
    await this.frame();
    const each: number[] = [];
    let before = await this.total();
    for (let turn = 0; turn < count; turn++) {
      await does(turn);
      await this.frame();
      const now = await this.total();
      each.push(now - before - this.asking);
      before = now;
    }
    each.sort((a, b) => a - b);
    const at = (share: number) => each[Math.min(each.length - 1, Math.floor(each.length * share))] ?? 0;
    const mean = each.reduce((sum, one) => sum + one, 0) / each.length;
    console.log(
      `${what}: ${mean.toFixed(1)} ms a frame, usual ${at(0.5).toFixed(1)}, one in twenty ${at(0.95).toFixed(1)}, worst ${at(1).toFixed(1)}`,
    );
    return at(0.5);
  }
}

async function open(page: Page): Promise<{ editor: Editor; work: Work; centre: { x: number; y: number } }> {
  const editor = await world.open(page, "Long");
  await expect(editor.step("Check 0")).toBeVisible();
  const box = await editor.canvas.boundingBox();
  if (!box) throw new Error("the canvas is in view");
  const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(centre.x, centre.y);
  return { editor, work: await Work.of(page), centre };
}

test("I move about among 500 steps, and each frame is drawn in time", async ({ page }) => {
  const { work, centre } = await open(page);
  const scrolled = await work.usual("scrolling", 60, () => page.mouse.wheel(0, 120));
  const pointed = await work.usual("pointing", 60, (turn) =>
    page.mouse.move(centre.x + ((turn * 37) % 300) - 150, centre.y + ((turn * 53) % 300) - 150),
  );
  await page.keyboard.down("Control");
  const zoomed = await work.usual("zooming", 30, (turn) => page.mouse.wheel(0, turn < 15 ? 20 : -20));
  await page.keyboard.up("Control");
  for (const ms of [scrolled, pointed, zoomed]) expect(ms).toBeLessThan(FRAME_MS);
});

/** What the step is called to which so many presses of the arrow lead from the first one. */
function nameAfter(presses: number): string {
  const [check, within] = [Math.floor(presses / 5), presses % 5];
  return within === 0 ? `Check ${check}` : `Step ${check * 4 + within - 1}`;
}

test("I walk through 500 steps with a key held down, and each frame is drawn in time", async ({ page }) => {
  const { editor, work } = await open(page);
  await editor.step("Check 0").click();
  await expect(editor.inspector.getByRole("textbox", { name: "Step name" })).toHaveValue("Check 0");
  let presses = 0;
  const walked = await work.usual("walking", 40, async () => {
    await page.keyboard.down("ArrowDown");
    presses++;
  });
  await expect(editor.step(nameAfter(presses))).toBeFocused();
  await expect(editor.step(nameAfter(presses))).toBeInViewport({ ratio: 0.99 });
  // Its form is drawn once the key is let go.
  await expect(editor.inspector.getByRole("textbox", { name: "Step name" })).toHaveValue("Check 0");
  await page.keyboard.up("ArrowDown");
  await expect(editor.inspector.getByRole("textbox", { name: "Step name" })).toHaveValue(nameAfter(presses));
  expect(walked).toBeLessThan(FRAME_MS);
});

test("The keyboard stays on the chosen step, however fast and far I go", async ({ page }) => {
  const { editor, centre } = await open(page);
  await editor.step("Check 0").focus();
  await page.evaluate(() => {
    const onKey = ({ target }: KeyboardEvent) => {
      if (target === document.body) document.body.dataset.keyLost = "true";
    };
    addEventListener("keydown", onKey, { capture: true });
  });
  // Without waiting for anything to be drawn.
  await Promise.all(Array.from({ length: 60 }, () => page.keyboard.press("ArrowDown")));
  await expect(editor.step(nameAfter(60))).toBeFocused();
  // Far out of view, and on from there.
  await page.mouse.move(centre.x, centre.y);
  for (const by of [9000, -30_000]) {
    await page.mouse.wheel(0, by);
    await expect(editor.step(nameAfter(60))).not.toBeInViewport();
    await expect(editor.step(nameAfter(60))).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    await expect(editor.step(nameAfter(60))).toBeFocused();
    await expect(editor.step(nameAfter(60))).toBeInViewport({ ratio: 0.99 });
  }
  // From the top of the workflow left leads to its trigger, which is far from here.
  await page.keyboard.press("ArrowLeft");
  await expect(editor.step("App Event")).toBeFocused();
  await expect(editor.step("App Event")).toBeInViewport({ ratio: 0.99 });
  expect(await page.evaluate(() => document.body.dataset.keyLost)).toBeUndefined();
});

test("I drag a step over 500 others, and each frame is drawn in time", async ({ page }) => {
  const { editor, work } = await open(page);
  const from = await editor.step("Step 0").boundingBox();
  if (!from) throw new Error("the step is in view");
  await page.mouse.move(from.x + 40, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 40, { steps: 3 });
  const dragged = await work.usual("dragging", 40, (turn) =>
    page.mouse.move(from.x + 60 + turn * 4, from.y + 40 + turn * 5),
  );
  await page.keyboard.press("Escape");
  await page.mouse.up();
  expect(dragged).toBeLessThan(FRAME_MS);
});

test("I type into one of 500 steps, and each letter is drawn in time", async ({ page }) => {
  const { editor, work } = await open(page);
  await editor.step("Step 0").click();
  await (await editor.field("First name")).click();
  const text = "a text of some length, as people type it";
  const typed = await work.usual("typing", text.length, (turn) => page.keyboard.type(text[turn] ?? " "));
  expect(typed).toBeLessThan(FRAME_MS);
  await editor.saved();
});

test("I choose all 500 steps, delete them and take it back", async ({ page }) => {
  const { editor } = await open(page);
  await editor.step("Check 0").focus();
  await page.keyboard.press("Control+a");
  await expect(editor.inspector.getByRole("heading", { name: "100 steps chosen" })).toBeVisible();
  await page.keyboard.press("Delete");
  await expect(editor.canvas.locator("button[aria-pressed]")).toHaveCount(1);
  await page.keyboard.press("Control+z");
  await expect.poll(() => editor.canvas.locator("button[aria-pressed]").count()).toBeGreaterThan(5);
  await editor.saved();
});

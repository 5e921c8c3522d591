/** The portal's frame in a page of a host: opened, connected, filled in, looked at by a machine. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type FrameLocator, type Locator, type Page, test } from "@playwright/test";
import { consent } from "./paragon-page.ts";
import { shown } from "./report.ts";

export const portal = (page: Page): FrameLocator => page.frameLocator("#linchpin-connect-frame");

export async function openPortal(page: Page, url: string, options: Record<string, unknown> = {}): Promise<FrameLocator> {
  await page.goto(url);
  await expect(page.getByRole("status").first()).toHaveText(/HubSpot is/);
  await page.evaluate((given) => {
    const { openPortal } = window as unknown as { openPortal: (options: unknown) => void };
    const fields = [
      { label: "Nickname", value: "nickname" },
      { label: "Shoe size", value: "shoe" },
    ];
    openPortal({
      dropdowns: {
        lists: [{ label: "Newsletter", value: "news" }, { label: "Newsletter", value: "news" }, { label: "VIP", value: "vip" }],
        branches: {
          loadOptions: async (cursor?: string, search = "") => {
            const all = ["Berlin", "Hamburg", "Köln", "München"].filter((name) => name.toLowerCase().includes(search.toLowerCase()));
            const from = Number(cursor ?? 0);
            const options = all.slice(from, from + 2).map((name) => ({ label: name, value: name.toLowerCase() }));
            return { options, nextPageCursor: from + 2 < all.length ? String(from + 2) : null };
          },
        },
      },
      mapObjectFields: { lead: { fields, defaultFields: ["nickname"], userCanRemoveMappings: true, userCanCreateFields: true } },
      language: "en",
      ...given,
    });
  }, options);
  const frame = portal(page);
  await expect(frame.getByRole("dialog", { name: "HubSpot" })).toBeVisible();
  return frame;
}

export async function connect(page: Page): Promise<void> {
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    portal(page).getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await consent(popup);
  await expect(portal(page).getByRole("tab", { name: "Configuration" })).toHaveAttribute("aria-selected", "true");
}

export async function choose(frame: FrameLocator | Locator, name: string | RegExp, option: string): Promise<void> {
  await frame.getByRole("combobox", { name, exact: typeof name === "string" }).click();
  await frame.getByRole("listbox").getByRole("option", { name: option }).click();
  await expect(frame.getByRole("listbox")).toHaveCount(0);
}

/** Waits until everything that was changed is stored. */
export async function allSaved(frame: FrameLocator): Promise<void> {
  await expect(frame.getByText("Saving…")).toHaveCount(0);
  await expect(frame.getByText("Saved").first()).toBeVisible();
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong in the portal's frame, or another of `path`; the report says what was looked at. */
export async function violations(page: Page, what: string, path = "/ui"): Promise<string[]> {
  const frame = page.frames().find((each) => new URL(each.url()).pathname.startsWith(path));
  if (!frame) throw new Error(`a frame of ${path} is there`);
  // By the debugger: the page's policy lets no other script in.
  await frame.evaluate(axeSource);
  const { wrong, rules } = await frame.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (root: Document, options: unknown) => Promise<{ passes: unknown[]; violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
    return {
      wrong: found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`)),
      rules: found.passes.length,
    };
  });
  test.info().annotations.push(shown("axe", `${what}: ${wrong.length} violations, ${rules} rules passed`));
  return wrong;
}

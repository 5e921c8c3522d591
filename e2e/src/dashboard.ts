/** What the browser tests of the dashboard share: signing in, and a look by a machine at what people may not see. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type { Admin } from "./admin.ts";
import type { Server } from "./server.ts";

/** The member that `Admin.setUp` makes. */
export const ADA = { email: "ada@example.com", password: "correct horse battery staple" };

export async function signIn(page: Page, server: Server, who = ADA): Promise<void> {
  await page.goto(`${server.url}/app/sign-in`);
  await page.getByLabel("Email").fill(who.email);
  await page.getByRole("textbox", { name: "Password" }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Project" })).toBeVisible();
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** No violation that axe knows of, on a light and on a dark ground. */
export async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await settled(page);
    // The page's own policy allows no foreign script in the page; the test's goes around it.
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      // Defined by the script above.
      const { axe } = window as unknown as {
        axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
      };
      const { violations } = await axe.run({ resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html}\n${node.failureSummary}`).join("\n")}`);
    });
    expect.soft(found, `on a ${colorScheme} ground at ${page.url()}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Colours that fade into those of the other ground have arrived; what moves for ever is not waited for. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // A style that has not been computed has not begun to fade.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(passing.map((one) => one.finished));
  });
}

/** Another member of a project, who took an invitation. */
export async function colleague(server: Server, admin: Admin, projectId: string, role: string): Promise<typeof ADA> {
  const who = { email: `${role}@example.com`, password: ADA.password };
  const invited = { email: who.email, role };
  const { link } = await admin.call<{ link: string }>("POST", `/projects/${projectId}/invitations`, invited);
  const token = new URL(link).searchParams.get("token");
  const answer = await fetch(`${server.url}/api/v1/invitation/accept`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, name: role, password: who.password }),
  });
  expect(answer.status).toBe(201);
  return who;
}

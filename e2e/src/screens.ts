/** Pictures of every screen, to be looked at. They are not compared: fonts differ from machine to machine. */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { here } from "./processes.ts";

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(here, "screenshots", `${name}.png`), animations: "disabled" });
}

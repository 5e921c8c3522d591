/** Every numbered statement of the client SDK's wire contract has a test that bears its number, or a reason. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { REASONS } from "./reasons.ts";

test("each of the 70 statements has a test that is named by it, or a reason", () => {
  const tests = new Map<number, string>();
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".spec.ts"))) {
    const text = readFileSync(join(import.meta.dirname, file), "utf8");
    for (const [, title] of text.matchAll(/^test\("((?:\d+\. )[^"]*)"/gm)) {
      for (const [number] of title?.matchAll(/\b\d+(?=\. )/g) ?? []) tests.set(Number(number), `${file}: ${title}`);
    }
  }
  const all = Array.from({ length: 70 }, (_, index) => index + 1);
  expect(all.filter((number) => !tests.has(number) && !REASONS[number])).toEqual([]);
  expect(Object.keys(REASONS).filter((number) => tests.has(Number(number)))).toEqual([]);
  expect(tests.size).toBeGreaterThan(60);
});

// @vitest-environment node
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const MOST_BYTES = 100_000;

it("the portal is small: customers wait for it", { timeout: 120_000 }, () => {
  const outDir = mkdtempSync(join(tmpdir(), "portal-"));
  try {
    // A process of its own: within a test React would be built for development.
    const web = join(import.meta.dirname, "../..");
    const vite = join(web, "node_modules/vite/bin/vite.js");
    const args = [vite, "build", "-c", "vite.portal.config.ts", "--outDir", outDir, "--logLevel", "error"];
    execFileSync(process.execPath, args, { cwd: web, env: { ...process.env, NODE_ENV: "production" } });
    const sizes = readdirSync(outDir).map((file) => {
      const bytes = readFileSync(join(outDir, file));
      return [file, gzipSync(bytes, { level: 9 }).length] as const;
    });
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    console.info(
      `the portal: ${total} bytes, compressed (${sizes.map(([file, size]) => `${file} ${size}`).join(", ")})`,
    );
    expect(sizes.some(([file]) => file.endsWith(".js"))).toBe(true);
    expect(total).toBeLessThan(MOST_BYTES);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
});

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const tarball = join(root, "dist/linchpin-connect.tgz");
let folder: string;
const run = (command: string, ...args: string[]): string => execFileSync(command, args, { cwd: folder, encoding: "utf8" });

describe("the packed package, installed elsewhere", () => {
  beforeAll(() => {
    // `npm test` builds first; run alone, this says what is missing.
    expect(existsSync(tarball), "run `npm run build` first").toBe(true);
    folder = mkdtempSync(join(tmpdir(), "linchpin-connect-"));
    writeFileSync(join(folder, "package.json"), '{"name":"host","private":true,"type":"module"}');
    run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is imported by a module, in a place without a window", () => {
    const code = 'import d, { linchpin, Linchpin } from "@linchpin/connect"; console.log(typeof window, d === linchpin, linchpin instanceof Linchpin)';
    expect(run("node", "--input-type=module", "-e", code).trim()).toBe("undefined true true");
  });

  it("is required by a script", () => {
    const code = 'const { linchpin } = require("@linchpin/connect"); console.log(typeof linchpin.authenticate, linchpin.getVersion())';
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(run("node", "--input-type=commonjs", "-e", code).trim()).toBe(`function ${version}`);
  });

  it.each(["module", "commonjs"])("has types for a TypeScript %s", (type) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "host", private: true, type }));
    writeFileSync(join(folder, "use.ts"), 'import { linchpin } from "@linchpin/connect";\nexport const p: Promise<void> = linchpin.authenticate("p", "t");\n');
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run("node", tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom", "use.ts");
  }, 30_000);

  it("brings no dependency along and holds only what is meant to be published", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "node_modules/@linchpin/connect/package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.sideEffects).toBe(false);
    const files = run("tar", "-tzf", tarball).trim().split("\n");
    expect(files).toContain("package/dist/index.js");
    expect(files.filter((file) => /\.tgz$|\/src\/|\/tests\//.test(file))).toEqual([]);
  });
});

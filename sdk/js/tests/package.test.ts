import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const tarball = join(root, "dist/linchpin-connect.tgz");
let folder: string;
function run(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} failed:\n${stdout}${stderr}`);
  }
}
const module = (code: string): string => run("node", "--input-type=module", "-e", code).trim();
const script = (code: string): string => run("node", "--input-type=commonjs", "-e", code).trim();
const hostOf = (type: string): void => writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "host", private: true, type }));

beforeAll(() => {
  // `npm test` builds first; run alone, this says what is missing.
  expect(existsSync(tarball), "run `npm run build` first").toBe(true);
  folder = mkdtempSync(join(tmpdir(), "linchpin-connect-"));
  hostOf("module");
  run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package, installed elsewhere", () => {
  it("is imported by a module, in a place without a window", () => {
    expect(module('import d, { linchpin, Linchpin } from "@linchpin/connect"; console.log(typeof window, d === linchpin, linchpin instanceof Linchpin)')).toBe("undefined true true");
  });

  it("is required by a script", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(script('const { linchpin } = require("@linchpin/connect"); console.log(typeof linchpin.authenticate, linchpin.getVersion())')).toBe(`function ${version}`);
  });

  it("has one shared instance and one class of errors, whichever entry is taken", () => {
    const checks = "core.linchpin === all.linchpin, core.LinchpinError === all.LinchpinError, typeof all.linchpin.installFlow.start";
    expect(module(`import * as core from "@linchpin/connect"; import * as all from "@linchpin/connect/full"; console.log(${checks})`)).toBe("true true function");
    expect(script(`const core = require("@linchpin/connect"), all = require("@linchpin/connect/full"); console.log(${checks})`)).toBe("true true function");
  });

  it("says what is missing before it asks for a browser or a server", () => {
    expect(module('import { linchpin } from "@linchpin/connect"; linchpin.connect("hubspot").catch((e) => console.log(e.code))')).toBe("no_browser");
    expect(module('import { linchpin } from "@linchpin/connect"; linchpin.authenticate("p", "t").catch((e) => console.log(e.code))')).toBe("invalid_token");
  });

  it("brings no dependency along and holds only what is meant to be published", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "node_modules/@linchpin/connect/package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.sideEffects).toBe(false);
    expect(readdirSync(join(folder, "node_modules"))).not.toContain("react");
    const files = run("tar", "-tzf", tarball).trim().split("\n");
    expect(files).toContain("package/dist/index.js");
    expect(files.filter((file) => /\.tgz$|\/src\/|\/tests\//.test(file))).toEqual([]);
  });
});

describe("with React", () => {
  beforeAll(() => {
    mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
    for (const name of ["react", "react-dom", "scheduler", "@types/react", "csstype"]) {
      cpSync(join(root, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
    }
  });

  it.each([
    ["module", 'import { renderToString } from "react-dom/server"; import { createElement as h } from "react"; import { LinchpinProvider, ConnectButton } from "@linchpin/connect/react";'],
    ["script", 'const { renderToString } = require("react-dom/server"), { createElement: h } = require("react"), { LinchpinProvider, ConnectButton } = require("@linchpin/connect/react");'],
  ])("renders on a server from a %s", (type, imports) => {
    const code = `${imports} console.log(renderToString(h(LinchpinProvider, { projectId: "p", token: "t" }, h(ConnectButton, { integration: "hubspot" }))))`;
    expect(type === "module" ? module(code) : script(code)).toContain(">Connect</button>");
  });

  it("is told apart by frameworks that render on servers", () => {
    for (const file of ["react.js", "react.cjs"]) {
      expect(readFileSync(join(root, "dist", file), "utf8").startsWith('"use client";')).toBe(true);
    }
  });

  it.each(["module", "commonjs"])("has types for a TypeScript %s", (type) => {
    hostOf(type);
    writeFileSync(
      join(folder, "use.tsx"),
      `import { linchpin, LinchpinError } from "@linchpin/connect";
import { linchpin as all, type InstallFlowStage } from "@linchpin/connect/full";
import { ConnectButton, LinchpinProvider, useIntegration } from "@linchpin/connect/react";
export const p: Promise<void> = linchpin.authenticate("p", { getToken: async () => "t" });
export const stage: Promise<InstallFlowStage> = all.installFlow.start("hubspot", { onError: (error: LinchpinError) => error.code });
export const status = () => useIntegration("hubspot").status === "connected";
export const App = () => <LinchpinProvider projectId="p" getToken={() => "t"}><ConnectButton integration="hubspot" direct /></LinchpinProvider>;
// @ts-expect-error the slim entry has no installFlow
linchpin.installFlow;
// @ts-expect-error what the client is made of is nobody's business
linchpin.session;
// @ts-expect-error an integration is needed
export const Bad = () => <ConnectButton />;
`,
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run("node", tsc, "--noEmit", "--strict", "--jsx", "react-jsx", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom", "use.tsx");
  }, 180_000);
});

describe("with Vite", () => {
  /** A real production build of a page; what it makes, compressed. */
  async function bundle(code: string): Promise<{ code: string; gzip: number }> {
    hostOf("module");
    writeFileSync(join(folder, "index.html"), '<!doctype html><title>Host</title><script type="module" src="/main.js"></script>');
    writeFileSync(join(folder, "main.js"), code);
    await build({ root: folder, logLevel: "silent", configFile: false, build: { outDir: "out", emptyOutDir: true, modulePreload: false } });
    const assets = join(folder, "out/assets");
    const text = readdirSync(assets).map((name) => readFileSync(join(assets, name), "utf8")).join("");
    return { code: text, gzip: gzipSync(text, { level: 9 }).length };
  }

  it("a page that shows the portal pays under 12 KB", async () => {
    const { code, gzip } = await bundle('import { linchpin } from "@linchpin/connect";\nwindow.go = () => linchpin.authenticate("p", "t").then(() => linchpin.connect("hubspot"));\n');
    expect(code).toContain("/sdk/me");
    expect(code).not.toContain("preOptions");
    expect(gzip).toBeLessThan(12 * 1024);
  }, 30_000);

  it("a page with screens of its own pays under 16 KB", async () => {
    const { code, gzip } = await bundle('import { linchpin } from "@linchpin/connect/full";\nwindow.go = () => linchpin.installFlow.start("hubspot");\n');
    expect(code).toContain("preOptions");
    expect(gzip).toBeLessThan(16 * 1024);
  }, 30_000);

  it("a script tag pays under 16 KB, and has every call", () => {
    const script = readFileSync(join(root, "dist/connect.global.js"));
    expect(script.toString()).toContain("preOptions");
    expect(gzipSync(script, { level: 9 }).length).toBeLessThan(16 * 1024);
  });

  it("a page that imports it and uses nothing pays nothing", async () => {
    const { code } = await bundle('import "@linchpin/connect";\nimport "@linchpin/connect/full";\nwindow.go = 1;\n');
    expect(code).not.toContain("/sdk/me");
  }, 30_000);

  it("a page with React is built, too", async () => {
    const { code } = await bundle('import { createElement as h } from "react";\nimport { ConnectButton } from "@linchpin/connect/react";\nwindow.go = () => h(ConnectButton, { integration: "hubspot" });\n');
    expect(code).toContain("data-status");
  }, 30_000);
});

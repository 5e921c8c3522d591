/** A page as a product builds it: the SDK installed from the server, a production build with Vite. */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { HostApp } from "./host-app.ts";
import { hostPage } from "./linchpin-page.ts";
import { emptyFolder } from "./processes.ts";

const SDK = join(import.meta.dirname, "../../sdk/js");

export class ViteHost {
  private constructor(
    readonly folder: string,
    private readonly host: HostApp,
  ) {}

  /** Installs what the server hands out, and packages that the SDK's own tests have. */
  static async install(name: string, host: HostApp, server: string, packages: string[]): Promise<ViteHost> {
    const folder = emptyFolder(name);
    writeFileSync(join(folder, "package.json"), '{"name":"host","private":true,"type":"module"}');
    const tarball = await fetch(`${server}/sdk/linchpin-connect.tgz`);
    if (!tarball.ok) throw new Error(`the server has no package: ${tarball.status}`);
    writeFileSync(join(folder, "connect.tgz"), Buffer.from(await tarball.arrayBuffer()));
    execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "./connect.tgz"], { cwd: folder, stdio: "pipe" });
    for (const each of packages) {
      cpSync(join(SDK, "node_modules", each), join(folder, "node_modules", each), { recursive: true });
    }
    return new ViteHost(folder, host);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Builds a module and serves a page with it at `/name`; `markup` is what a server rendered. */
  async serve(name: string, source: string, markup = ""): Promise<void> {
    this.write(`${name}.js`, source);
    const vite = createRequire(join(SDK, "package.json")).resolve("vite");
    const { build } = (await import(pathToFileURL(vite).href)) as { build(options: object): Promise<unknown> };
    await build({
      root: this.folder,
      logLevel: "error",
      configFile: false,
      build: { outDir: `out-${name}`, emptyOutDir: true, rollupOptions: { input: join(this.folder, `${name}.js`) } },
    });
    const assets = join(this.folder, `out-${name}/assets`);
    const [file] = readdirSync(assets);
    this.host.serve(`/${name}.js`, "text/javascript", readFileSync(join(assets, file ?? "")));
    const page = hostPage(`<script type="module" src="/${name}.js"></script>`);
    this.host.html(`/${name}`, page.replace('<div id="root"></div>', `<div id="root">${markup}</div>`));
  }
}

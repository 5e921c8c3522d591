// Builds everything that is published or served:
//   dist/index.js, dist/index.cjs, dist/*.d.ts   the npm package
//   dist/connect.global.js                       the script-tag build, `window.linchpin`
//   dist/linchpin-connect.tgz                    the packed package, which the server hands to `npm install <url>`
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const MAX_GZIP_BYTES = 12 * 1024;

rmSync(dist, { recursive: true, force: true });

const common = {
  absWorkingDir: root,
  bundle: true,
  target: "es2020",
  logLevel: "warning",
  define: { __SDK_VERSION__: JSON.stringify(version) },
};
await build({ ...common, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/index.js" });
await build({ ...common, entryPoints: ["src/index.ts"], format: "cjs", outfile: "dist/index.cjs" });
await build({ ...common, entryPoints: ["src/global.ts"], format: "iife", minify: true, outfile: "dist/connect.global.js" });

execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", root, "--emitDeclarationOnly"], {
  stdio: "inherit",
});
// `require` needs declarations that call themselves CommonJS; their relative imports must do so too.
for (const name of readdirSync(dist).filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(join(dist, name), "utf8");
  writeFileSync(join(dist, name.replace(/\.d\.ts$/, ".d.cts")), text.replace(/(from\s+"\.\/[^"]+)\.js"/g, '$1.cjs"'));
}
// The script-tag entry exports nothing: its declarations would only mislead.
rmSync(join(dist, "global.d.ts"), { force: true });
rmSync(join(dist, "global.d.cts"), { force: true });

const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", dist], {
  cwd: root,
  encoding: "utf8",
}).trim().split("\n").at(-1);
renameSync(join(dist, packed), join(dist, "linchpin-connect.tgz"));

const gzip = gzipSync(readFileSync(join(dist, "connect.global.js"))).length;
console.log(`connect.global.js ${statSync(join(dist, "connect.global.js")).size} bytes, ${gzip} gzipped`);
if (gzip > MAX_GZIP_BYTES) {
  console.error(`connect.global.js is over its budget of ${MAX_GZIP_BYTES} bytes gzipped`);
  process.exit(1);
}

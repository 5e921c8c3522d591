// Builds everything that is published or served:
//   dist/{index,full,react}.js, .cjs, .d.ts      the npm package
//   dist/connect.global.js                       the script-tag build, `window.linchpin`, with every call
//   dist/linchpin-connect.tgz                    the packed package, which the server hands to `npm install <url>`
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
rmSync(dist, { recursive: true, force: true });

const common = {
  absWorkingDir: root,
  bundle: true,
  target: "es2022",
  logLevel: "warning",
  define: { __SDK_VERSION__: JSON.stringify(version) },
};
// What `full` adds lies in a file of its own, and both have the one shared instance.
await build({
  ...common,
  entryPoints: ["src/index.ts", "src/full.ts"],
  format: "esm",
  splitting: true,
  chunkNames: "core",
  outdir: "dist",
});
// `require` has no files to share: both names give the whole.
await build({ ...common, entryPoints: ["src/full.ts"], format: "cjs", outfile: "dist/full.cjs" });
writeFileSync(join(dist, "index.cjs"), '"use strict";\nmodule.exports = require("./full.cjs");\n');
// Frameworks that render on servers are told that these are for the browser.
const react = {
  ...common,
  entryPoints: ["src/react.tsx"],
  external: ["react", "@linchpin/connect"],
  jsx: "automatic",
  banner: { js: '"use client";' },
};
await build({ ...react, format: "esm", outfile: "dist/react.js" });
await build({ ...react, format: "cjs", outfile: "dist/react.cjs" });
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

// What a page pays: each entry minified by its bundler, and compressed on the way.
const LIMITS = { index: 12 * 1024, full: 16 * 1024 };
for (const [entry, limit] of Object.entries(LIMITS)) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [`dist/${entry}.js`],
    format: "esm",
    minify: true,
    write: false,
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${entry}: ${bytes} bytes, minified and gzipped`);
  if (bytes > limit) {
    console.error(`${entry} is over its budget of ${limit} bytes`);
    process.exit(1);
  }
}

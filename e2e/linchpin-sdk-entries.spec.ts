/**
 * The SDK as it is installed: `npm install` of what the server hands out, a production build with Vite, in a real
 * browser against the real server. With React, in strict mode, rendered on a server first.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, type Page, test } from "@playwright/test";
import { key, useWorld } from "./connect-sdk/world.ts";
import { expectNothingUnseen, hostPage } from "./src/linchpin-page.ts";
import { consent, recording } from "./src/paragon-page.ts";
import { emptyFolder } from "./src/processes.ts";
import { userToken } from "./src/tokens.ts";

const world = useWorld("linchpin-sdk-entries");
const SDK = join(import.meta.dirname, "../sdk/js");
let folder: string;

test.beforeAll(async () => {
  folder = emptyFolder("linchpin-sdk-host");
  writeFileSync(join(folder, "package.json"), '{"name":"host","private":true,"type":"module"}');
  const tarball = await fetch(`${world.server.url}/sdk/linchpin-connect.tgz`);
  expect(tarball.status).toBe(200);
  writeFileSync(join(folder, "connect.tgz"), Buffer.from(await tarball.arrayBuffer()));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "./connect.tgz"], { cwd: folder, stdio: "pipe" });
  for (const name of ["react", "react-dom", "scheduler"]) {
    cpSync(join(SDK, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  }
});

test.beforeEach(({}, { title }) => {
  world.host.serve("/token", "text/plain", userToken(key.privateKey, title.replace(/\W+/g, "-")));
});

/** A production build of a page, served at an address of its own. */
async function serve(path: string, source: string, markup = ""): Promise<void> {
  const name = path.slice(1);
  writeFileSync(join(folder, `${name}.js`), source);
  const vite = createRequire(join(SDK, "package.json")).resolve("vite");
  const { build } = (await import(pathToFileURL(vite).href)) as { build(options: object): Promise<unknown> };
  await build({
    root: folder,
    logLevel: "error",
    configFile: false,
    build: { outDir: `out-${name}`, emptyOutDir: true, rollupOptions: { input: join(folder, `${name}.js`) } },
  });
  const assets = join(folder, `out-${name}/assets`);
  const [file] = readdirSync(assets);
  world.host.serve(`${path}.js`, "text/javascript", readFileSync(join(assets, file ?? "")));
  const page = hostPage(`<script type="module" src="${path}.js"></script>`);
  world.host.html(path, page.replace('<div id="root"></div>', `<div id="root">${markup}</div>`));
}

const fetchToken = 'async () => (await fetch("/token")).text()';
const frame = (page: Page) => page.frameLocator("#linchpin-connect-frame");

test("a page built with Vite connects an account and sends an event", async ({ page }) => {
  await serve(
    "/vite",
    `import { linchpin } from "@linchpin/connect";
     linchpin.configure({ baseUrl: ${JSON.stringify(world.server.url)} });
     await linchpin.authenticate(${JSON.stringify(world.acme.projectId)}, ${fetchToken});
     const button = document.createElement("button");
     button.textContent = "Connect";
     button.onclick = () => linchpin.installIntegration("hubspot").then(() => linchpin.event("Contact Created", {})).then(({ id }) => { button.textContent = id; });
     document.getElementById("root").append(button);`,
  );
  await page.goto(`${world.host.origin}/vite`);
  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("button", { name: "Connect" }).click()]);
  await consent(popup);
  await expect(page.getByRole("button")).toHaveText(/^[0-9a-f-]{36}$/);
  await expectNothingUnseen(page);
});

const reactApp = (): string => `
  import { createElement as h, StrictMode } from "react";
  import { ConnectButton, LinchpinProvider, useIntegration, useLinchpin } from "@linchpin/connect/react";
  function Status() {
    const { status, error } = useLinchpin();
    const hubspot = useIntegration("hubspot");
    return h("p", { role: "status" }, [status, hubspot.status, hubspot.credentials.length, error?.code ?? hubspot.error?.code].filter((x) => x !== undefined).join(" "));
  }
  function Disconnect() {
    const { disconnect } = useIntegration("hubspot");
    return h("button", { type: "button", onClick: () => void disconnect() }, "Disconnect");
  }
  export const App = () =>
    h(StrictMode, null,
      h(LinchpinProvider, { projectId: ${JSON.stringify(world.acme.projectId)}, baseUrl: ${JSON.stringify(world.server.url)}, getToken: ${fetchToken} },
        h(Status), h(ConnectButton, { integration: "hubspot" }), h(ConnectButton, { integration: "hubspot", direct: true, id: "direct" }, "At once"), h(Disconnect)));`;

test("React: in strict mode, from a page that a server rendered", async ({ page }) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "app.js"), reactApp());
  const html = execFileSync(
    "node",
    ["--input-type=module", "-e", 'import { renderToString } from "react-dom/server"; import { createElement } from "react"; import { App } from "./app.js"; process.stdout.write(renderToString(createElement(App)))'],
    { cwd: folder, encoding: "utf8" },
  );
  expect(html).toContain("loading loading 0");
  await serve(
    "/react",
    'import { createElement } from "react"; import { hydrateRoot } from "react-dom/client"; import { App } from "./app.js";\nhydrateRoot(document.getElementById("root"), createElement(App), { onRecoverableError: (error) => window.unseen.push("hydration: " + error.message) });',
    html,
  );
  const requests = recording(page, world.server.url);
  await page.goto(`${world.host.origin}/react`);
  const status = page.getByRole("status");
  await expect(status).toHaveText("ready disconnected 0");
  expect(requests.filter((request) => request.url().endsWith("/sdk/me"))).toHaveLength(1);

  // The portal, by the plain button; closing it is no failure.
  await page.getByRole("button", { name: "Connect HubSpot" }).click();
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeHidden();
  await expect(status).toHaveText("ready disconnected 0");

  // The provider's window in the click itself.
  await world.simulator.faults({ denyConsent: true });
  const [denied] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("button", { name: "At once" }).click()]);
  await denied.getByRole("button", { name: "Allow access" }).click();
  await expect(page.getByRole("button", { name: "At once" })).toBeEnabled();
  await world.simulator.faults({ denyConsent: false });
  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("button", { name: "At once" }).click()]);
  await consent(popup);
  await expect(status).toHaveText("ready connected 1");
  await expect(page.getByRole("button", { name: "Manage HubSpot" })).toHaveAttribute("data-status", "connected");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(status).toHaveText("ready disconnected 0");
  await expectNothingUnseen(page);
});

/**
 * The SDK as it is installed: `npm install` of what the server hands out, a production build with Vite, in a real
 * browser against the real server. With React, in strict mode, rendered on a server first.
 */
import { execFileSync } from "node:child_process";
import { expect, type Page, test } from "@playwright/test";
import { key, useWorld } from "./connect-sdk/world.ts";
import { expectNothingUnseen } from "./src/linchpin-page.ts";
import { consent, recording } from "./src/paragon-page.ts";
import { userToken } from "./src/tokens.ts";
import { ViteHost } from "./src/vite-page.ts";

const world = useWorld("linchpin-sdk-entries");
let product: ViteHost;

test.beforeAll(async () => {
  const packages = ["react", "react-dom", "scheduler"];
  product = await ViteHost.install("linchpin-sdk-host", world.host, world.server.url, packages);
});

test.beforeEach(({}, { title }) => {
  world.host.serve("/token", "text/plain", userToken(key.privateKey, title.replace(/\W+/g, "-")));
});

const fetchToken = 'async () => (await fetch("/token")).text()';
const frame = (page: Page) => page.frameLocator("#linchpin-connect-frame");

test("a page built with Vite connects an account and sends an event", async ({ page }) => {
  await product.serve(
    "vite",
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
  product.write("app.js", reactApp());
  const html = execFileSync(
    "node",
    ["--input-type=module", "-e", 'import { renderToString } from "react-dom/server"; import { createElement } from "react"; import { App } from "./app.js"; process.stdout.write(renderToString(createElement(App)))'],
    { cwd: product.folder, encoding: "utf8" },
  );
  expect(html).toContain("loading loading 0");
  await product.serve(
    "react",
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

/**
 * The migration page, followed: a page written for `@useparagon/connect` 2.4.0 is built and used as it is, then its text
 * is replaced as the page's table says, and nothing else is touched.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { key, useWorld } from "./connect-sdk/world.ts";
import { expectNothingUnseen } from "./src/linchpin-page.ts";
import { consent } from "./src/paragon-page.ts";
import { userToken } from "./src/tokens.ts";
import { ViteHost } from "./src/vite-page.ts";

const world = useWorld("linchpin-sdk-migration");
const KEYS = ["CONNECT", "DASHBOARD", "HERMES", "PASSPORT", "PASSPORT_PRODUCTION", "ZEUS", "CDN", "WORKER_PROXY", "API_TRIGGER_KIT"];
let product: ViteHost;

/** What a product wrote for the other SDK. */
const written = (server: string, projectId: string): string => `
  import { paragon, SDK_EVENT } from "@useparagon/connect";
  const url = ${JSON.stringify(server)};
  paragon.configureGlobal({ host: "linchpin.test" }, ${JSON.stringify(Object.fromEntries(KEYS.map((name) => [name === "PASSPORT_PRODUCTION" ? "PASSPORT_PRODUCTION_URL" : `${name}_PUBLIC_URL`, server])))});
  const state = document.createElement("p");
  state.setAttribute("role", "status");
  document.getElementById("root").append(state);
  const show = (text) => { state.textContent = text; };
  const button = (label, onclick) => document.getElementById("root").append(Object.assign(document.createElement("button"), { textContent: label, onclick }));
  const told = [];
  paragon.subscribe(SDK_EVENT.ON_INTEGRATION_INSTALL, ({ integrationType }) => told.push("installed " + integrationType));
  paragon.subscribe(SDK_EVENT.ON_PORTAL_CLOSE, () => show("closed " + told.join(", ")));
  const projectId = ${JSON.stringify(projectId)};
  const token = await (await fetch("/token")).text();
  await paragon.authenticate(projectId, token, { metadata: { Name: "Ann" } });
  const user = paragon.getUser();
  show(user.authenticated ? user.userId + " " + user.integrations.hubspot.enabled : "nobody");
  button("Blocked", () => {
    const open = window.open;
    window.open = () => null;
    paragon.setHeadless(true);
    paragon.installFlow.start("hubspot", {
      onError: (error) => show(error.name === "OAuthBlockedError" ? "please allow pop-ups" : "other " + error.name),
    });
    window.open = open;
    paragon.setHeadless(false);
  });
  button("Install", async () => {
    const { credentialId } = await paragon.installIntegration("hubspot", {});
    show("installed " + (credentialId === paragon.getUser().integrations.hubspot.credentialId));
  });
  button("Portal", () => { paragon.connect("hubspot", { onOpen: () => show("open") }); });
  button("Close", () => paragon.closePortal());
  button("Switch", async () => {
    const { availableWorkflows } = paragon.getIntegrationConfig("hubspot");
    const [{ id }] = availableWorkflows;
    const { errors } = await paragon.updateWorkflowState({ [id]: true });
    await paragon.updateIntegrationUserSettings("hubspot", { region: "EU" });
    await paragon.event("Contact Created", { email: "ann@example.com" });
    const { workflowSettings, sharedSettings } = paragon.getUser().integrations.hubspot;
    show(errors.length + " " + workflowSettings[id].enabled + " " + sharedSettings.region);
  });
  button("Wrong", async () => {
    try {
      await paragon.enableWorkflow("00000000-0000-0000-0000-000000000000");
    } catch (error) {
      show("refused");
    }
    try {
      await paragon.createConfiguration({ credentialId: paragon.getUser().integrations.hubspot.credentialId, externalId: "team" });
      await paragon.createConfiguration({ credentialId: paragon.getUser().integrations.hubspot.credentialId, externalId: "team" });
    } catch (error) {
      show("refused: " + JSON.parse(error.message).code);
    }
  });
  button("Uninstall", async () => {
    await paragon.uninstallIntegration("hubspot");
    show("enabled " + paragon.getUser().integrations.hubspot.enabled);
  });
`;

/** The rows of the page's table of replacements. */
function replacements(): [string, string][] {
  const page = readFileSync(join(import.meta.dirname, "../docs/sdk/migration.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)].map(([, find, replace]) => [find ?? "", replace ?? ""] as [string, string]);
  expect(rows.length).toBeGreaterThan(10);
  return rows;
}

test.beforeAll(async () => {
  const packages = ["@useparagon/connect", "react"];
  product = await ViteHost.install("linchpin-sdk-migration-host", world.host, world.server.url, packages);
});

/** What a user does with the page; both versions show the same. */
async function use(page: Page, name: string, frameId: string): Promise<void> {
  world.host.serve("/token", "text/plain", userToken(key.privateKey, `user-${name}`));
  await page.goto(`${world.host.origin}/${name}`);
  const status = page.getByRole("status");
  await expect(status).toHaveText(`user-${name} false`);
  const click = (label: string) => page.getByRole("button", { name: label, exact: true }).click();
  await click("Blocked");
  await expect(status).toHaveText("please allow pop-ups");
  const [popup] = await Promise.all([page.context().waitForEvent("page"), click("Install")]);
  await consent(popup);
  await expect(status).toHaveText("installed true");
  await click("Portal");
  await expect(status).toHaveText("open");
  await expect(page.frameLocator(`#${frameId}`).getByRole("tab", { name: "Configuration" })).toBeVisible();
  // The portal covers the page.
  await page.evaluate(() => [...document.querySelectorAll("button")].find((each) => each.textContent === "Close")?.click());
  await expect(status).toHaveText("closed installed hubspot");
  await expect(page.locator(`#${frameId}`)).toBeHidden();
  await click("Switch");
  await expect(status).toHaveText("0 true EU");
  await click("Wrong");
  await expect(status).toHaveText("refused: invalid");
  await click("Uninstall");
  await expect(status).toHaveText("enabled false");
}

test("the page as it was written works with the SDK that it was written for", async ({ page }) => {
  await product.serve("before", written(world.server.url, world.acme.projectId));
  await use(page, "before", "paragon-connect-frame");
});

test("the page with the replacements of the migration page works with ours", async ({ page }) => {
  let text = written(world.server.url, world.acme.projectId);
  for (const [find, replace] of replacements()) text = text.replaceAll(find, replace);
  expect(text).not.toContain("useparagon");
  await product.serve("after", text);
  await use(page, "after", "linchpin-connect-frame");
  await expectNothingUnseen(page);
});

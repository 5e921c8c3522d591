/** The unmodified `@useparagon/connect` 2.4.0: portal. Numbers are those of the client SDK's wire contract. */
import { expect, type Page, test } from "@playwright/test";
import { consent, hubspot } from "../src/paragon-page.ts";
import { credentials, signedIn, useWorld } from "./world.ts";

const world = useWorld("portal");

const frame = (page: Page) => page.frameLocator("#paragon-connect-frame");

async function open(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.outcome = Promise.resolve(window.paragon.connect("hubspot", {})).then(
      (value) => ({ value: JSON.parse(JSON.stringify(value ?? null)) as unknown }),
      (error: Error) => ({ error: error.message }),
    );
  });
}

test("48. connect shows the portal, which alone makes itself visible", async ({ page }) => {
  await signedIn(page, "forty-eight", world.acme);
  await expect(page.locator("#paragon-connect-frame")).toBeHidden();
  await open(page);
  await expect(page.locator("#paragon-connect-frame")).toBeVisible();
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  const calls = await page.evaluate(() =>
    window.messages
      .filter((message) => message.data?.messageType === "SDK_FUNCTION_INVOCATION")
      .map((message) => message.data.type),
  );
  expect(calls).toContain("updateContainerStyle");
});

test("49. opening and closing are told once each", async ({ page }) => {
  await signedIn(page, "forty-nine", world.acme);
  await open(page);
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await frame(page).getByRole("button", { name: "Close" }).click();
  await expect(page.locator("#paragon-connect-frame")).toBeHidden();
  expect(await page.evaluate(() => window.seen.map((event) => event.name))).toEqual(["onPortalOpen", "onPortalClose"]);
  expect(await page.evaluate(() => getComputedStyle(document.body).overflow)).toBe("visible");
});

test("50. closePortal hides the portal", async ({ page }) => {
  await signedIn(page, "fifty", world.acme);
  await open(page);
  await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
  await page.evaluate(() => window.paragon.closePortal());
  await expect(page.locator("#paragon-connect-frame")).toBeHidden();
});

test("51. a switch in the portal is told to the page and kept", async ({ page }) => {
  await signedIn(page, "fifty-one", world.acme);
  await open(page);
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    frame(page).getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await consent(popup);
  await frame(page).getByRole("tab", { name: "Configuration" }).click();
  await frame(page).getByRole("switch", { name: /Sync contacts/ }).click();
  const workflow = world.acme.workflows["Sync contacts"] ?? "";
  await expect
    .poll(() => page.evaluate(() => window.seen.filter((event) => event.name === "onWorkflowChange")))
    .toEqual([
      {
        name: "onWorkflowChange",
        payload: expect.objectContaining({ workflowId: workflow, workflowStateChange: { enabled: true } }),
      },
    ]);
  await page.reload();
  // `configureGlobal` of the page signs the restored user out again.
  await signedIn(page, "fifty-one", world.acme);
  const [credential] = (await hubspot(page)).allCredentials;
  expect(credential?.configurations[0]?.workflowSettings[workflow]?.enabled).toBe(true);
});

test("a setting offers what the customer's account has", async ({ page }) => {
  const token = await signedIn(page, "offered", world.acme);
  await open(page);
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    frame(page).getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await consent(popup);
  await frame(page).getByRole("combobox", { name: "Field" }).click();
  await frame(page).getByRole("option", { name: "Job title" }).click();
  await expect(frame(page).getByText("Saved")).toBeVisible();
  const [credential] = await credentials(world.server, world.acme, token);
  expect(credential?.configurations[0]?.sharedSettings).toEqual({ field: "jobtitle" });
});

test("53. the portal listens to its parent alone", async ({ page }) => {
  await signedIn(page, "fifty-three", world.acme);
  const portal = page.frames().find((each) => each.url().startsWith(`${world.server.url}/ui`));
  expect(portal).toBeDefined();
  // A message that the portal's own window posts has another source than the parent.
  await portal?.evaluate(() =>
    window.postMessage(
      {
        messageType: "UI_UPDATE",
        nextContext: { user: { authenticated: false } },
        nextModalState: { integration: { id: "x", type: "hubspot", name: "Evil", configs: [] }, config: {} },
      },
      "*",
    ),
  );
  await page.waitForTimeout(500);
  await expect(page.locator("#paragon-connect-frame")).toBeHidden();
  expect(await portal?.evaluate(() => document.body.innerText)).not.toContain("Evil");
});

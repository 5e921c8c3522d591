/**
 * A provider that is connected in several ways: by its consent page, by a key, by an app of the customer's own, with
 * something that is asked first and something that is asked afterwards. In the portal and without it, with our own
 * client SDK and with the unmodified `@useparagon/connect`.
 */
import { expect, type FrameLocator, type Page, test } from "@playwright/test";
import { DESK as TYPE, type DeskWorld, startDesk } from "./src/desk.ts";
import type { HostApp } from "./src/host-app.ts";
import { authenticate, begin, expectNothingUnseen, outcome, popupOf, serveLinchpin } from "./src/linchpin-page.ts";
import { authenticate as authenticateParagon, consent, serveParagon } from "./src/paragon-page.ts";
import { shot } from "./src/screens.ts";
import type { Applied, Server } from "./src/server.ts";
import type { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
let world: DeskWorld;
let desk: Simulator;
let host: HostApp;
let server: Server;
let acme: Applied;
let users = 0;
let token = "";

test.beforeAll(async () => {
  world = await startDesk("portal-ways", key.publicKey);
  ({ desk, host, server, applied: acme } = world);
  serveLinchpin(host, server.url);
  serveParagon(host, server.url);
});

test.afterAll(async () => {
  await world?.stop();
});

test.beforeEach(async () => {
  users += 1;
  token = userToken(key.privateKey, `user-${users}`);
  await desk.faults({ revokedKeys: false });
});

interface Account {
  id: string;
  status: string;
  providerId: string;
}

async function accounts(type = TYPE): Promise<Account[]> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers });
  const body = (await answer.json()) as { integrations: Record<string, { allCredentials: Account[] }> };
  return body.integrations[type]?.allCredentials ?? [];
}

const portal = (page: Page): FrameLocator => page.frameLocator("#linchpin-connect-frame");
const known = (page: Page): FrameLocator => page.frameLocator("#paragon-connect-frame");

async function signIn(page: Page): Promise<void> {
  await page.goto(`${host.origin}/linchpin`);
  expect((await authenticate(page, acme.projectId, token)).failure).toBeUndefined();
}

async function signInParagon(page: Page): Promise<void> {
  await page.goto(`${host.origin}/paragon`);
  expect(await authenticateParagon(page, acme.projectId, token)).toBeUndefined();
}

async function finish(frame: FrameLocator): Promise<void> {
  await expect(frame.getByText("Desk needs one more thing from you")).toBeVisible();
  await frame.getByLabel("Queue").fill("support");
  await frame.getByRole("button", { name: "Finish" }).click();
}

test("the customer chooses a key, and what is asked afterwards finishes the account", async ({ page }) => {
  await signIn(page);
  await begin(page, "connect", TYPE);
  const frame = portal(page);
  const ways = frame.getByRole("group", { name: "How do you want to connect?" });
  await expect(ways.getByRole("radio")).toHaveCount(3);
  await expect(ways.getByRole("radio", { name: /Sign in with Desk/ })).toBeChecked();
  await expect(frame.getByRole("button", { name: "Connect Desk", exact: true })).toBeVisible();
  await shot(page, "portal-ways");
  await ways.getByText("Use an API key").click();
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await expect(frame.getByText("API key is needed.")).toBeVisible();
  await frame.getByLabel("API key", { exact: true }).fill("wrong");
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await expect(frame.getByText("that key is not known")).toBeVisible();
  await shot(page, "portal-ways-key");
  await frame.getByLabel("API key", { exact: true }).fill("right-key");
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await expect(frame.getByText("Not finished yet")).toBeVisible();
  expect((await accounts()).map(({ status }) => status)).toEqual(["PENDING"]);
  await shot(page, "portal-later-inputs");
  // What is begun can be gone on with another time.
  await page.reload();
  expect((await authenticate(page, acme.projectId, token)).failure).toBeUndefined();
  await begin(page, "connect", TYPE);
  await finish(portal(page));
  await expect(portal(page).getByText("Connected", { exact: true })).toBeVisible();
  expect(await accounts()).toMatchObject([{ status: "VALID", providerId: "Acme" }]);
  expect((await outcome(page)).value).toMatchObject({ integrationType: TYPE });
  await expectNothingUnseen(page);
});

test("an account of a key that was withdrawn is connected again by its form, and keeps its id", async ({ page }) => {
  await signIn(page);
  await begin(page, "connect", TYPE);
  const frame = portal(page);
  await frame.getByText("Use an API key").click();
  await frame.getByLabel("API key", { exact: true }).fill("right-key");
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await finish(frame);
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
  const [before] = await accounts();
  await desk.faults({ revokedKeys: true });
  const proxied = `${server.url}/projects/${acme.projectId}/sdk/proxy/${TYPE}/api/me`;
  expect((await fetch(proxied, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  await desk.faults({ revokedKeys: false });
  expect(await accounts()).toMatchObject([{ id: before?.id, status: "INVALID" }]);

  await signIn(page);
  await begin(page, "connect", TYPE);
  await expect(frame.getByText(/Desk no longer accepts this connection/)).toBeVisible();
  await shot(page, "portal-reconnect-form");
  await frame.getByRole("button", { name: "Reconnect Desk" }).click();
  // The way it was connected in is chosen already.
  await expect(frame.getByRole("radio", { name: /Use an API key/ })).toBeChecked();
  await frame.getByLabel("API key", { exact: true }).fill("right-key");
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
  // What was asked afterwards is still known.
  expect(await accounts()).toMatchObject([{ id: before?.id, status: "VALID" }]);
});

test("a further account is connected in another way, by a window that something is asked before", async ({ page }) => {
  await signIn(page);
  await begin(page, "connect", TYPE, { allowMultipleCredentials: true });
  const frame = portal(page);
  await frame.getByText("Use an API key").click();
  await frame.getByLabel("API key", { exact: true }).fill("right-key");
  await frame.getByRole("button", { name: "Connect Desk", exact: true }).click();
  await finish(frame);
  await frame.getByRole("button", { name: "Connect another Desk account" }).click();
  await frame.getByText("Sign in with an app of your own").click();
  await frame.getByLabel("Client ID").fill("c-1");
  await frame.getByLabel("Client secret").fill("right-secret");
  const popup = await popupOf(page, () => frame.getByRole("button", { name: "Connect Desk", exact: true }).click());
  await consent(popup);
  await expect(frame.getByRole("radio")).toHaveCount(2);
  expect((await accounts()).map(({ status }) => status)).toEqual(["VALID", "VALID"]);
});

test("a window that was closed is opened again with what was entered", async ({ page }) => {
  await signIn(page);
  await begin(page, "connect", TYPE);
  const frame = portal(page);
  await frame.getByText("Sign in with an app of your own").click();
  await frame.getByLabel("Client ID").fill("c-1");
  await frame.getByLabel("Client secret").fill("right-secret");
  const popup = await popupOf(page, () => frame.getByRole("button", { name: "Connect Desk", exact: true }).click());
  await popup.close();
  await expect(frame.getByText("The Desk window was closed.")).toBeVisible();
  const again = await popupOf(page, () => frame.getByRole("button", { name: "Open it again" }).click());
  await consent(again);
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
});

test("an installation without the portal shows it where something is asked afterwards", async ({ page }) => {
  await signIn(page);
  const popup = await popupOf(page, () => begin(page, "installIntegration", TYPE, { accountType: "default" }));
  await expect(page.locator("#linchpin-connect-frame")).toBeHidden();
  await consent(popup);
  await finish(portal(page));
  expect((await outcome(page)).value).toMatchObject({ integrationType: TYPE });
  expect(await accounts()).toMatchObject([{ status: "VALID" }]);
});

test("the page may choose the way, or those that are offered", async ({ page }) => {
  await signIn(page);
  await begin(page, "connect", TYPE, { accountType: "key" });
  await expect(portal(page).getByLabel("API key", { exact: true })).toBeVisible();
  await expect(portal(page).getByRole("radio")).toHaveCount(0);
  await page.evaluate(() => window.linchpin.closePortal());
  await begin(page, "connect", TYPE, { accountType: ["default", "own"] });
  await expect(portal(page).getByRole("radio")).toHaveCount(2);
});

/** The stages that an install flow comes to, answered by `answers`. */
const flow = `(sdk, type, answers, start) => new Promise((resolve, reject) => {
  const stages = [];
  const setters = { accountType: "setAccountType", preOptions: "setPreOptions", postOptions: "setPostOptions" };
  start(sdk, type, {
    onNext: (next) => {
      stages.push(next.stage);
      const setter = setters[next.stage];
      if (setter) setTimeout(() => { const done = sdk.installFlow[setter](answers[next.stage]); done?.catch?.(() => {}); }, 0);
    },
    onComplete: (done) => resolve({ stages, credentialId: done.credentialId }),
    onError: (error) => reject(new Error(error.message)),
  });
})`;

function runFlow(page: Page, sdk: string, answers: Record<string, unknown>, type = TYPE): Promise<void> {
  return page.evaluate(
    ([flow, sdk, type, answers]) => {
      const run = new Function(`return (${flow})`)() as (...all: unknown[]) => Promise<unknown>;
      const found = (window as unknown as Record<string, { setHeadless(on: boolean): void }>)[sdk];
      found?.setHeadless(true);
      const start = (sdk: { installFlow: { start(...all: unknown[]): Promise<unknown> | undefined } }, type: string, options: unknown) =>
        void sdk.installFlow.start(type, options)?.catch?.(() => {});
      (window as unknown as { flow: unknown }).flow = run(found, type, answers, start).then(
        (value) => ({ value }),
        (error: Error) => ({ error: error.message }),
      );
    },
    [flow, sdk, type, answers] as const,
  );
}

const flowOutcome = (page: Page): Promise<{ value?: { stages: string[]; credentialId: string }; error?: string }> =>
  page.evaluate(() => (window as unknown as { flow: Promise<{ value?: { stages: string[]; credentialId: string } }> }).flow);

test("installFlow, by an app of the customer's own", async ({ page }) => {
  await signIn(page);
  const answers = { accountType: "own", preOptions: { clientId: "c-1", clientSecret: "right-secret" } };
  const popup = await popupOf(page, () => runFlow(page, "linchpin", answers));
  await consent(popup);
  const { value, error } = await flowOutcome(page);
  expect(error).toBeUndefined();
  expect(value?.stages).toEqual(["accountType", "preOptions", "oauth", "done"]);
  expect(await accounts()).toMatchObject([{ id: value?.credentialId, status: "VALID" }]);
});

test("installFlow, by a key: the way, the key, what is asked afterwards", async ({ page }) => {
  await signIn(page);
  await runFlow(page, "linchpin", {
    accountType: "key",
    preOptions: { key: "right-key" },
    postOptions: { queue: "support" },
  });
  const { value, error } = await flowOutcome(page);
  expect(error).toBeUndefined();
  expect(value?.stages).toEqual(["accountType", "preOptions", "postOptions", "done"]);
  expect(await accounts()).toMatchObject([{ id: value?.credentialId, status: "VALID" }]);
  expect(page.context().pages()).toHaveLength(1);
});

for (const sdk of ["linchpin", "paragon"]) {
  const name = sdk === "paragon" ? "the unmodified SDK" : "our SDK";
  const enter = sdk === "paragon" ? signInParagon : signIn;

  test(`installFlow of ${name}: a form, the provider's window`, async ({ page }) => {
    await enter(page);
    const popup = await popupOf(page, () =>
      // A shop is asked for, and then signed in to.
      runFlow(page, sdk, { accountType: "default", preOptions: { shop: "acme" } }, "shopify"),
    );
    await consent(popup);
    const { value, error } = await flowOutcome(page);
    expect(error).toBeUndefined();
    // The known SDK tells its end by onComplete alone.
    expect(value?.stages.filter((stage) => stage !== "done")).toEqual(["accountType", "preOptions", "oauth"]);
    expect(await accounts("shopify")).toMatchObject([{ id: value?.credentialId, status: "VALID" }]);
  });

  test(`installFlow of ${name}: the provider's window, what is asked afterwards`, async ({ page }) => {
    await enter(page);
    const popup = await popupOf(page, () =>
      runFlow(page, sdk, { accountType: "default", postOptions: { queue: "support" } }),
    );
    await consent(popup);
    const { value, error } = await flowOutcome(page);
    expect(error).toBeUndefined();
    expect(value?.stages.filter((stage) => stage !== "done")).toEqual(["accountType", "oauth", "postOptions"]);
    expect(await accounts()).toMatchObject([{ id: value?.credentialId, status: "VALID" }]);
  });
}

test("with the unmodified SDK: a form, the provider's window, in the portal", async ({ page }) => {
  await signInParagon(page);
  await page.evaluate((type) => {
    window.outcome = new Promise((resolve) => {
      void window.paragon.connect(type, {
        onInstall: (event: unknown) => resolve({ value: JSON.parse(JSON.stringify(event)) as unknown }),
      });
    });
  }, TYPE);
  const frame = known(page);
  await frame.getByText("Sign in with an app of your own").click();
  await frame.getByLabel("Client ID").fill("c-1");
  await frame.getByLabel("Client secret").fill("right-secret");
  const popup = await popupOf(page, () => frame.getByRole("button", { name: "Connect Desk", exact: true }).click());
  await consent(popup);
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => window.outcome)).toMatchObject({ value: { integrationType: TYPE } });
});

test("with the unmodified SDK: the provider's window, what is asked afterwards, in the portal", async ({ page }) => {
  await signInParagon(page);
  await page.evaluate((type) => void window.paragon.connect(type, {}), TYPE);
  const frame = known(page);
  const popup = await popupOf(page, () => frame.getByRole("button", { name: "Connect Desk", exact: true }).click());
  await consent(popup);
  await finish(frame);
  await expect(frame.getByText("Connected", { exact: true })).toBeVisible();
  expect(await accounts()).toMatchObject([{ status: "VALID" }]);
});

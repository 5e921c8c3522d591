/**
 * The unmodified `@useparagon/connect` 2.4.0: accounts without a consent page, and connectors of a project's own. Numbers
 * are those of the client SDK's wire contract.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { call, consent, type IntegrationState, recording, user } from "../src/paragon-page.ts";
import type { Applied } from "../src/server.ts";
import { Simulator } from "../src/simulator.ts";
import { userToken } from "../src/tokens.ts";
import { asUser, key, signedIn, useWorld } from "./world.ts";

const world = useWorld("keys", ["localhost:*"]);
const manifest = join(import.meta.dirname, "../../examples/custom-connector/connector.yaml");

let stripe: Simulator;
let zendesk: Simulator;
let tasklab: Simulator;
let keys: Applied;

test.beforeAll(async () => {
  stripe = await Simulator.start("stripe");
  zendesk = await Simulator.start("zendesk");
  tasklab = await Simulator.start(manifest);
  const greet = (action: string, inputs: Record<string, unknown>) => ({
    trigger: { appEvent: "Contact Created" },
    steps: [{ make: { action, inputs } }],
  });
  const file = {
    project: "Keys",
    allowedOrigins: [world.host.origin],
    signingKeys: [{ name: "backend", publicKey: key.publicKey }],
    appEvents: { "Contact Created": { email: "ann@example.com" } },
    integrations: {
      stripe: {
        active: true,
        baseUrls: { api: stripe.url },
        workflows: { "To Stripe": greet("customers.create", { email: "{{ trigger.email }}" }) },
      },
      zendesk: { active: true, baseUrls: { api: zendesk.url } },
      "custom.tasklab": {
        active: true,
        connector: readFileSync(manifest, "utf8"),
        app: { clientId: "tasklab-client", clientSecret: "tasklab-secret" },
        baseUrls: { api: tasklab.url, authorize: tasklab.url },
        workflows: { "To TaskLab": greet("tasks.create", { title: "{{ trigger.email }}" }) },
      },
    },
  };
  writeFileSync(world.server.path("keys.yaml"), JSON.stringify(file));
  keys = world.server.apply(world.server.path("keys.yaml"));
});

test.afterAll(async () => {
  await stripe?.program.stop();
  await zendesk?.program.stop();
  await tasklab?.program.stop();
});

const frame = (page: Page) => page.frameLocator("#paragon-connect-frame");

async function state(page: Page, type: string): Promise<IntegrationState> {
  const found = (await user(page)).integrations?.[type];
  if (!found) throw new Error(`the user has no ${type} in its state`);
  return found;
}

test("52. a form in the portal leads to one POST and resolves the promise of connect", async ({ page }) => {
  await signedIn(page, "fifty-two", keys);
  await page.evaluate(() => {
    window.outcome = new Promise((resolve) => {
      void window.paragon.connect("stripe", {
        onInstall: (event: unknown) => resolve({ value: JSON.parse(JSON.stringify(event)) as unknown }),
      });
    });
  });
  const sent = recording(page, world.server.url);
  const field = frame(page).getByLabel("Secret or restricted key");
  await field.fill("sk_test_wrong");
  await frame(page).getByRole("button", { name: "Connect Stripe" }).click();
  await expect(frame(page).getByText("Invalid API Key provided")).toBeVisible();
  expect((await state(page, "stripe")).allCredentials).toEqual([]);
  await field.fill("sk_test_acme");
  await frame(page).getByRole("button", { name: "Connect Stripe" }).click();
  const outcome = (await page.evaluate(() => window.outcome)) as { value: { credentialId: string } };
  const posts = sent.filter((one) => one.method() === "POST" && one.url().endsWith("/sdk/credentials"));
  // One that was refused, one that was taken.
  expect(posts).toHaveLength(2);
  expect(posts[1]?.postDataJSON()).toMatchObject({ payload: { apiKey: "sk_test_acme" } });
  expect(await state(page, "stripe")).toMatchObject({
    enabled: true,
    credentialStatus: "VALID",
    credentialId: outcome.value.credentialId,
    providerId: "acct_acme",
  });
  expect(JSON.stringify(await user(page))).not.toContain("sk_test_acme");
  expect(world.server.program.output).not.toContain("sk_test_");
});

test("54. installIntegration of an integration without OAuth shows the portal's form", async ({ page }) => {
  await signedIn(page, "fifty-four", keys);
  await page.evaluate(() => {
    window.outcome = window.paragon.installIntegration("zendesk", {}).then(
      (value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown }),
      (error: Error) => ({ error: error.message }),
    );
  });
  await expect(page.locator("#paragon-connect-frame")).toBeVisible();
  expect(page.context().pages()).toHaveLength(1);
  await frame(page).getByLabel("Subdomain").fill("https://acme.zendesk.com");
  await frame(page).getByLabel("E-mail of an agent").fill("ann@acme.example");
  await frame(page).getByLabel("API token").fill("zendesk-acme");
  await frame(page).getByRole("button", { name: "Connect Zendesk" }).click();
  const outcome = (await page.evaluate(() => window.outcome)) as { value?: { credentialId?: string } };
  expect(outcome.value?.credentialId).toBe((await state(page, "zendesk")).credentialId);
  // The account is called with what was entered.
  expect(await call(page, "request", "zendesk", "/api/v2/users/me", { method: "GET" })).toMatchObject({
    value: { user: { email: "ann@acme.example" } },
  });
});

test("68. the headless flow of an integration without OAuth asks, posts once and completes", async ({ page }) => {
  await signedIn(page, "sixty-eight", keys);
  const sent = recording(page, world.server.url);
  const seen = await page.evaluate(
    () =>
      new Promise<unknown>((resolve, reject) => {
        const stages: string[] = [];
        window.paragon.setHeadless(true);
        window.paragon.installFlow.start("stripe", {
          onNext: (next: { stage: string }) => {
            stages.push(next.stage);
            const flow = window.paragon.installFlow as unknown as { setPreOptions(values: unknown): void };
            if (next.stage === "preOptions") flow.setPreOptions({ apiKey: "sk_test_globex" });
          },
          onComplete: (done: { credentialId?: string }) => resolve({ stages, credentialId: done.credentialId }),
          onError: (error: Error) => reject(new Error(error.message)),
        });
      }),
  );
  const { stages, credentialId } = seen as { stages: string[]; credentialId: string };
  expect(stages[0]).toBe("preOptions");
  const posts = sent.filter((one) => one.method() === "POST" && one.url().endsWith("/sdk/credentials"));
  expect(posts).toHaveLength(1);
  expect(await state(page, "stripe")).toMatchObject({ credentialId, providerId: "acct_globex" });
});

test("43. connectAction connects by what was entered and returns the credential", async ({ page }) => {
  await signedIn(page, "forty-three", keys);
  const resources = (await user(page)).resources as { slug: string; id: string }[];
  expect(resources.map((one) => one.slug).sort()).toEqual(["stripe", "zendesk"]);
  const answer = await page.evaluate(async () => {
    const paragon = window.paragon as unknown as { connectAction(slug: string, payload: unknown): Promise<unknown> };
    return JSON.parse(JSON.stringify(await paragon.connectAction("stripe", { apiKey: "sk_test_acme" }))) as unknown;
  });
  expect(answer).toMatchObject({ status: "VALID", providerId: "acct_acme", integrationId: keys.integrations.stripe });
});

test("65. a custom integration connects by its id", async ({ page }) => {
  const token = await signedIn(page, "sixty-five", keys);
  const sent: URL[] = [];
  page.context().on("request", (request) => sent.push(new URL(request.url())));
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate(() => {
      window.outcome = window.paragon.installIntegration("custom.tasklab", {}).then(
        (value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown }),
        (error: Error) => ({ error: error.message }),
      );
    }),
  ]);
  await consent(popup);
  expect(await page.evaluate(() => window.outcome)).toMatchObject({ value: { integrationType: "custom.tasklab" } });
  const query = (end: string) => sent.find((url) => url.pathname.endsWith(end))?.searchParams;
  expect(query("/oauth-nonce")?.get("action")).toBe("custom.tasklab");
  expect(query("/build-oauth")?.get("action")).toBe("custom");
  const id = keys.integrations["custom.tasklab"];
  expect([query("/oauth-nonce")?.get("integrationId"), query("/build-oauth")?.get("integrationId")]).toEqual([id, id]);
  // Its actions run as those of any other connector do.
  const account = await state(page, "custom.tasklab");
  const workflow = keys.workflows["To TaskLab"] ?? "";
  const path = `${world.server.url}/projects/${keys.projectId}/sdk/workflows/${workflow}`;
  expect((await fetch(path, { method: "POST", headers: asUser(token) })).status).toBe(200);
  expect(account.enabled).toBe(true);
  await call(page, "event", "Contact Created", { email: "task@example.com" });
  await expect
    .poll(async () => {
      const answer = await fetch(`${tasklab.url}/_simulator/records/tasks`);
      return ((await answer.json()) as { results: { properties: { title: string } }[] }).results.map(
        (one) => one.properties.title,
      );
    })
    .toEqual(["task@example.com"]);
});

test("an integration without OAuth says so", async () => {
  const answer = await fetch(`${world.server.url}/projects/${keys.projectId}/sdk/integrations`, {
    headers: asUser(userToken(key.privateKey, "says-so")),
  });
  const all = (await answer.json()) as { type: string; sdkIntegrationConfig: { authConfigInputs: unknown[] } }[];
  const zendesk = all.find((one) => one.type === "zendesk");
  expect(zendesk).toMatchObject({
    authenticationType: "basic",
    needPreOauthInputs: true,
    sdkIntegrationConfig: { postOauthInputs: [], accountTypes: [] },
  });
  expect(zendesk?.sdkIntegrationConfig.authConfigInputs).toMatchObject([
    { id: "subdomain", type: "TEXT_NO_VARS", required: true, suffixLabel: ".zendesk.com" },
    { id: "email", type: "EMAIL" },
    { id: "token", type: "PASSWORD" },
  ]);
  expect(all.find((one) => one.type === "custom.tasklab")).toMatchObject({
    authenticationType: "oauth",
    needPreOauthInputs: false,
    customIntegration: { slug: "custom.tasklab", name: "TaskLab" },
  });
});

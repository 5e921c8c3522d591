/** The unmodified `@useparagon/connect` 2.4.0: OAuth. Numbers are those of the client SDK's wire contract. */
import { expect, test } from "@playwright/test";
import { consent, hubspot, install, line, recording, user } from "../src/paragon-page.ts";
import { userToken } from "../src/tokens.ts";
import { asUser, credentials, key, signedIn, useWorld } from "./world.ts";

const world = useWorld("oauth");

test("55. and 56. the session path: one install, no more polling", async ({ page }) => {
  await signedIn(page, "fifty-six", world.acme);
  const requests = recording(page, world.server.url);
  const nonce: string[] = [];
  page.context().on("request", (request) => {
    if (request.url().includes("/oauth-nonce")) nonce.push(request.url());
  });
  const { value, error } = await install(page);
  expect(error).toBeUndefined();
  expect(value).toMatchObject({ integrationType: "hubspot", credentialId: expect.any(String) });
  expect(nonce).toHaveLength(1);
  const loaded = await page.evaluate(() => window.messages.filter(({ data }) => data?.type === "oauth-nonce-loaded"));
  expect(loaded.map((message) => message.origin)).toEqual([world.server.url]);
  const lines = requests.map(line);
  expect(lines.filter((each) => /DELETE .*session-id/.test(each))).toHaveLength(1);
  const before = requests.length;
  await page.waitForTimeout(2500);
  expect(requests.slice(before).map(line)).toEqual([]);
  const seen = await page.evaluate(() => window.seen.map((event) => event.name));
  expect(seen).toEqual(["onIntegrationInstall"]);
  expect((await hubspot(page)).credentialStatus).toBe("VALID");
});

test("55. the nonce page's message goes to the page that asked, and only where that page is allowed", async () => {
  const ask = (origin: string) =>
    fetch(
      `${world.server.url}/projects/${world.acme.projectId}/sdk/actions/oauth-nonce?action=hubspot&integrationId=${world.acme.integrations.hubspot}` +
        `&originForPostMessage=${origin}&userToken=${userToken(key.privateKey, "fifty-five")}`,
    );
  const allowed = await ask(world.host.origin);
  expect(allowed.status).toBe(200);
  expect(allowed.headers.get("referrer-policy")).toBe("no-referrer");
  expect(allowed.headers.get("cross-origin-opener-policy") ?? "unsafe-none").not.toBe("same-origin");
  expect(await allowed.text()).toContain(world.host.origin);
  const evil = await ask('https://evil.example"></script><script>alert(1)</script>');
  expect(evil.status).toBeGreaterThanOrEqual(400);
  expect(await evil.text()).not.toContain("<script>alert(1)");
});

test("57. session-id: empty while pending, and any key can be deleted", async () => {
  const headers = asUser(userToken(key.privateKey, "fifty-seven"));
  const session = `${world.server.url}/projects/${world.acme.projectId}/sdk/actions/session-id/neverheardof`;
  const pending = await fetch(session, { headers });
  expect({ status: pending.status, body: await pending.json() }).toEqual({ status: 200, body: {} });
  expect((await fetch(session, { method: "DELETE", headers })).ok).toBe(true);
});

test("58. a callback without the nonce cookie makes no credential", async ({ page }) => {
  const token = await signedIn(page, "fifty-eight", world.acme);
  const redirect = await buildOauth(token, "key58");
  // The provider's page, and the way back, in a browser that never saw the nonce page.
  const consented = await fetch(redirect);
  expect(consented.status).toBe(200);
  const stranger = await page.context().browser()?.newContext();
  const window = await stranger?.newPage();
  await window?.goto(redirect);
  const [back] = await Promise.all([
    window?.waitForResponse((answer) => answer.url().startsWith(world.server.url)),
    window?.getByRole("button", { name: "Allow access" }).click(),
  ]);
  expect(back?.status()).toBeGreaterThanOrEqual(400);
  await stranger?.close();
  const session = await fetch(`${world.server.url}/projects/${world.acme.projectId}/sdk/actions/session-id/key58`, {
    headers: asUser(token),
  });
  expect(await session.json()).not.toHaveProperty("connectCredentialId");
  expect(await credentials(world.server, world.acme, token)).toEqual([]);
});

test("58. a callback with another user's nonce cookie makes no credential", async ({ page }) => {
  const victim = userToken(key.privateKey, "fifty-eight-b");
  const attacker = userToken(key.privateKey, "fifty-eight-c");
  const redirect = await buildOauth(attacker, "key58b");
  const window = await page.context().newPage();
  await window.goto(
    `${world.server.url}/projects/${world.acme.projectId}/sdk/actions/oauth-nonce?action=hubspot&integrationId=${world.acme.integrations.hubspot}` +
      `&originForPostMessage=${world.host.origin}&userToken=${victim}`,
  );
  await window.goto(redirect);
  const [back] = await Promise.all([
    window.waitForResponse((answer) => answer.url().startsWith(world.server.url)),
    window.getByRole("button", { name: "Allow access" }).click(),
  ]);
  expect(back.status()).toBeGreaterThanOrEqual(400);
  expect(await credentials(world.server, world.acme, attacker)).toEqual([]);
  expect(await credentials(world.server, world.acme, victim)).toEqual([]);
});

test("59. a refused consent rejects within a second of the callback", async ({ page }) => {
  await signedIn(page, "fifty-nine", world.acme);
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate(() => {
      window.outcome = window.paragon
        .installIntegration("hubspot", { onError: () => window.seen.push({ name: "onError", payload: null }) })
        .then(
          () => ({ value: "installed" }),
          (error: { message: string }) => ({ error: error.message }),
        );
    }),
  ]);
  await expect(popup.getByRole("button", { name: "Allow access" })).toBeVisible();
  const asked = new URL(popup.url());
  const callback = new URL(asked.searchParams.get("redirect_uri") ?? "");
  callback.searchParams.set("error", "access_denied");
  callback.searchParams.set("error_description", "the user said no");
  callback.searchParams.set("state", asked.searchParams.get("state") ?? "");
  // As the provider's page would: a typed address would cut the window from the page that opened it.
  await popup.evaluate((url) => location.assign(url), callback.href);
  const outcome = await Promise.race([
    page.evaluate(() => window.outcome),
    new Promise<string>((resolve) => setTimeout(() => resolve("nothing"), 1000)),
  ]);
  expect(outcome).toMatchObject({ error: expect.any(String) });
  expect(await page.evaluate(() => window.seen.map((event) => event.name))).toEqual(["onError"]);
  expect((await hubspot(page)).enabled).toBe(false);
});

test("56. a page that is isolated from its windows: one install", async ({ page }) => {
  await page.goto(`${world.host.origin}/isolated`);
  await signedIn(page, "fifty-six-isolated", world.acme);
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate(() => {
      window.outcome = window.paragon.installIntegration("hubspot", {}).then(
        (value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown }),
        (error: Error) => ({ error: error.message }),
      );
    }),
  ]);
  await popup.getByRole("button", { name: "Allow access" }).click();
  expect(await page.evaluate(() => window.outcome)).toMatchObject({ value: { integrationType: "hubspot" } });
  expect(await page.evaluate(() => window.seen.map((event) => event.name))).toEqual(["onIntegrationInstall"]);
  expect((await hubspot(page)).credentialStatus).toBe("VALID");
});

test("66. what goes wrong at the start is said in the popup", async ({ page }) => {
  await signedIn(page, "sixty-six", world.closed);
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate(() => {
      void window.paragon.installIntegration("hubspot", {}).catch(() => undefined);
    }),
  ]);
  await expect(popup.getByText(/origin|not allowed/i).first()).toBeVisible();
  await popup.close();
});

test("67. no user token is in the server's log", async ({ page }) => {
  const token = await signedIn(page, "sixty-seven", world.acme);
  await install(page);
  await fetch(`${world.server.url}/projects/${world.acme.projectId}/sdk/nothing?userToken=${token}`);
  const signature = token.split(".")[2] ?? "";
  expect(signature.length).toBeGreaterThan(300);
  expect(world.server.program.output.length).toBeGreaterThan(0);
  expect(world.server.program.output).not.toContain(signature);
  expect(world.server.program.output).not.toContain("acme-secret-marker");
});

async function buildOauth(token: string, sessionKey: string): Promise<string> {
  const query = new URLSearchParams({
    action: "hubspot",
    integrationId: world.acme.integrations.hubspot ?? "",
    userToken: token,
    originForPostMessage: world.host.origin,
    endUserSuppliedValues: "{}",
    parameters: "{}",
    installOptions: "{}",
    isPreviewMode: "false",
    oauthMetaKeyId: sessionKey,
  });
  const answer = await fetch(`${world.server.url}/v2/projects/${world.acme.projectId}/sdk/actions/build-oauth?${query}`, {
    headers: asUser(token),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { redirectUrl: string }).redirectUrl;
}

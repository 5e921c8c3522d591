/** The unmodified `@useparagon/connect` 2.4.0: authentication. Numbers are those of the client SDK's wire contract. */
import { expect, test } from "@playwright/test";
import { authenticate, call, hubspot, line, recording, user } from "../src/paragon-page.ts";
import { userToken } from "../src/tokens.ts";
import { asUser, credentials, key, otherKey, signedIn, useWorld } from "./world.ts";

const world = useWorld("authentication");

test("8. authenticate sends exactly two requests", async ({ page }) => {
  const requests = recording(page, world.server.url);
  await signedIn(page, "eight", world.acme);
  expect(requests.map(line).sort()).toEqual([
    `GET /projects/${world.acme.projectId}/sdk/integrations`,
    `GET /projects/${world.acme.projectId}/sdk/me`,
  ]);
});

test("9. a token without exp, or an expired one, fails without any request", async ({ page }) => {
  const requests = recording(page, world.server.url);
  for (const claims of [{ exp: undefined }, { exp: Math.floor(Date.now() / 1000) - 10 }]) {
    expect(await authenticate(page, world.acme.projectId, userToken(key.privateKey, "nine", claims))).toBeTruthy();
  }
  expect(requests.map(line)).toEqual([]);
});

test("10. and 11. a token that the server refuses: 401 as JSON, and nothing stays in the browser", async ({ page }) => {
  const now = Math.floor(Date.now() / 1000);
  const refused = {
    "another key": userToken(otherKey.privateKey, "ten"),
    "another project": userToken(key.privateKey, "ten", { aud: `useparagon.com/${world.direct.projectId}` }),
    "expired on the server's clock": userToken(key.privateKey, "ten", { iat: now - 7200, exp: now - 300 }),
    "no sub": userToken(key.privateKey, "", { sub: undefined, id: "ten" }),
    "no iat": userToken(key.privateKey, "ten", { iat: undefined }),
  };
  // The browser's clock is behind, so that the SDK itself sends the expired one.
  await page.clock.setFixedTime(Date.now() - 3_600_000);
  await signedIn(page, "ten", world.acme);
  for (const [why, token] of Object.entries(refused)) {
    const error = await authenticate(page, world.acme.projectId, token);
    expect(error, why).toMatch(/^Failed to authenticate user with Paragon: \{/);
    expect(JSON.parse(error?.slice(error.indexOf("{")) ?? ""), why).toMatchObject({ status: 401 });
    expect(await page.evaluate(() => localStorage.getItem("paragon-connect-user-state")), why).toBeNull();
  }
});

test("12. getUser has what the contract says, and no token", async ({ page }) => {
  await signedIn(page, "twelve", world.acme);
  const state = await user(page);
  expect(Object.keys(state).sort()).toEqual(["authenticated", "integrations", "meta", "resources", "userId"]);
  expect(state).toMatchObject({ authenticated: true, userId: "twelve", resources: [] });
});

test("13. a brand-new user has every integration, with no credentials", async ({ page }) => {
  await signedIn(page, `new-${Date.now()}`, world.acme);
  const { integrations } = await user(page);
  expect(Object.keys(integrations ?? {})).toEqual(["hubspot"]);
  expect(integrations?.hubspot).toMatchObject({ enabled: false, allCredentials: [] });
});

test("14. metadata at authenticate is sent once, and not again when nothing changes", async ({ page }) => {
  const requests = recording(page, world.server.url);
  const token = userToken(key.privateKey, "fourteen");
  await authenticate(page, world.acme.projectId, token, { metadata: { name: "A" } });
  const patches = () => requests.filter((request) => request.method() === "PATCH");
  expect(patches().map((request) => request.postDataJSON())).toEqual([{ meta: { Name: "A" } }]);
  await authenticate(page, world.acme.projectId, token, { metadata: { name: "A" } });
  expect(patches()).toHaveLength(1);
});

test("15. and 16. metadata merges, survives as it is, and setUserMetadata answers it", async ({ page }) => {
  const token = await signedIn(page, "fifteen", world.acme);
  await call(page, "setUserMetadata", { a: "Grüße, 世界 🌍" });
  const { value } = await call(page, "setUserMetadata", { b: { c: 1 } });
  expect((value as { meta: unknown }).meta).toEqual({ a: "Grüße, 世界 🌍", b: { c: 1 } });
  const me = await fetch(`${world.server.url}/projects/${world.acme.projectId}/sdk/me`, { headers: asUser(token) });
  expect(((await me.json()) as { meta: unknown }).meta).toEqual({ a: "Grüße, 世界 🌍", b: { c: 1 } });
});

test("17. a reload restores the user; a refused token is forgotten", async ({ page }) => {
  await signedIn(page, "seventeen", world.acme);
  const restored = `${world.host.origin}/restored`;
  await page.goto(restored);
  await expect.poll(async () => (await user(page)).authenticated).toBe(true);
  expect((await user(page)).userId).toBe("seventeen");
  await page.evaluate((token) => {
    const state = JSON.parse(localStorage.getItem("paragon-connect-user-state") ?? "{}") as {
      userState: { token: string };
    };
    state.userState.token = token;
    localStorage.setItem("paragon-connect-user-state", JSON.stringify(state));
  }, userToken(otherKey.privateKey, "seventeen"));
  await page.goto(restored);
  await expect.poll(async () => (await user(page)).authenticated).toBe(false);
  expect(await page.evaluate(() => localStorage.getItem("paragon-connect-user-state"))).toBeNull();
});

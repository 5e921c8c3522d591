/** The unmodified `@useparagon/connect` 2.4.0: errors. Numbers are those of the client SDK's wire contract. */
import { expect, test } from "@playwright/test";
import { authenticate, call, hubspot, line, recording, user } from "../src/paragon-page.ts";
import { EXAMPLE } from "../src/project-file.ts";
import { newKeyPair, userToken } from "../src/tokens.ts";
import { asUser, credentials, key, signedIn, useWorld } from "./world.ts";

const world = useWorld("errors");

test("18. a disabled user gets 403 with code 7210 and stays signed in", async ({ page }) => {
  await signedIn(page, "eighteen", world.acme);
  const { items } = await world.admin.call<{ items: { id: string; userId: string }[] }>(
    "GET",
    `/projects/${world.acme.projectId}/users?search=eighteen`,
  );
  const found = items.find((item) => item.userId === "eighteen");
  await world.admin.call("PATCH", `/projects/${world.acme.projectId}/users/${found?.id}`, { disabled: true });
  const { error } = await call(page, "event", "Contact Created", EXAMPLE);
  expect(JSON.parse(error ?? "{}")).toMatchObject({ status: 403, code: "7210" });
  expect((await user(page)).authenticated).toBe(true);
});

test("19. a 401 on event signs the user out", async ({ page }) => {
  const doomed = newKeyPair();
  const made = await world.admin.call<{ id: string }>("POST", `/projects/${world.acme.projectId}/signing-keys`, {
    name: "doomed",
    publicKey: doomed.publicKey,
  });
  expect(await authenticate(page, world.acme.projectId, userToken(doomed.privateKey, "nineteen"))).toBeUndefined();
  await world.admin.call("DELETE", `/projects/${world.acme.projectId}/signing-keys/${made.id}`);
  const { error } = await call(page, "event", "Contact Created", EXAMPLE);
  expect(JSON.parse(error ?? "{}")).toMatchObject({ status: 401 });
  expect((await user(page)).authenticated).toBe(false);
});

test("20. what is foreign or unknown is answered 4xx, but not 401 or 403", async ({ page }) => {
  const token = await signedIn(page, "twenty", world.acme);
  const { value: other } = await call(page, "getUser");
  expect(other).toBeTruthy();
  const proxied = userToken(key.privateKey, "proxied");
  const me = (await (
    await fetch(`${world.server.url}/projects/${world.direct.projectId}/sdk/me`, { headers: asUser(proxied) })
  ).json()) as { integrations: { hubspot: { credentialId: string } } };
  const foreignCredential = me.integrations.hubspot.credentialId;
  const unknown = "0197b7c3-0000-7000-8000-000000000000";
  const base = `/projects/${world.acme.projectId}/sdk`;
  const asked: [string, string, Record<string, string>?][] = [
    ["GET", `${base}/credentials/${foreignCredential}`],
    ["GET", `${base}/credentials/${unknown}`],
    ["DELETE", `${base}/integrations/${world.direct.integrations.hubspot}`, { "x-paragon-credential": foreignCredential }],
    ["DELETE", `${base}/integrations/${unknown}`],
    ["POST", `${base}/workflows/${world.direct.workflows["Sync contacts"]}`],
    ["POST", `${base}/workflows/${unknown}`],
    ["DELETE", `${base}/workflows/${unknown}`],
    ["POST", `${base}/triggers/${unknown}`],
    ["GET", `${base}/proxy/hubspot/crm/x`, { "x-paragon-credential": foreignCredential }],
    ["GET", `${base}/proxy/nothing/crm/x`],
    ["POST", `${base}/events/trigger`, { "x-paragon-credential": foreignCredential }],
    ["GET", `${base}/actions/session-id`],
  ];
  for (const [method, path, headers] of asked) {
    const answer = await fetch(world.server.url + path, {
      method,
      headers: asUser(token, headers),
      ...(method === "POST" ? { body: JSON.stringify({ name: "Contact Created", payload: EXAMPLE }) } : {}),
    });
    expect(answer.status, `${method} ${path}: ${await answer.text()}`).toBeGreaterThanOrEqual(400);
    expect([401, 403], `${method} ${path}`).not.toContain(answer.status);
    expect(answer.status, `${method} ${path}`).toBeLessThan(500);
  }
});

test("21. an upstream error with JSON is the call's error", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  world.upstream.answer("/p422", { status: 422, body: '{"message":"that is not an e-mail address","detail":7}' });
  const { error, response } = await call(page, "request", "hubspot", "/p422", { method: "POST", body: { a: 1 } });
  expect(error).toBe("that is not an e-mail address");
  expect(response).toEqual({ message: "that is not an e-mail address", detail: 7 });
  expect((await user(page)).authenticated).toBe(true);
});

test("22. an upstream 401 leaves the user signed in, and the credential shows its new status", async ({ page }) => {
  await signedIn(page, "doomed", world.direct);
  expect((await hubspot(page)).credentialStatus).toBe("VALID");
  world.upstream.answer("/p401", { status: 401, body: '{"message":"expired"}' });
  // The provider does not renew the token either.
  for (const path of ["/oauth/2026-03/token", "/oauth/2026-09/token", "/oauth/v1/token", "/oauth/v3/token"]) {
    world.upstream.answer(path, { status: 400, body: '{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN","message":"gone"}' });
  }
  const requests = recording(page, world.server.url);
  const { error } = await call(page, "request", "hubspot", "/p401", { method: "GET" });
  expect(error).toBeTruthy();
  expect((await user(page)).authenticated).toBe(true);
  await expect.poll(() => requests.filter((request) => line(request).endsWith("/sdk/me")).length).toBe(1);
  await expect.poll(async () => (await hubspot(page)).credentialStatus).toBe("INVALID");
  expect((await hubspot(page)).enabled).toBe(false);
});

test("23. an upstream error that is no JSON is told as text", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  world.upstream.answer("/p500", { status: 500, type: "text/plain", body: "the disk is on fire" });
  const { error } = await call(page, "request", "hubspot", "/p500", { method: "GET" });
  expect(error).toBe("the disk is on fire");
});

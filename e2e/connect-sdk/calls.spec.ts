/** The unmodified `@useparagon/connect` 2.4.0: calls. Numbers are those of the client SDK's wire contract. */
import { expect, test } from "@playwright/test";
import { call, type Credential, hubspot, install, line, recording } from "../src/paragon-page.ts";
import { until } from "../src/processes.ts";
import { EXAMPLE } from "../src/project-file.ts";
import { type Upstream } from "../src/upstream.ts";
import { asUser, signedIn, useWorld } from "./world.ts";

const world = useWorld("calls");

test("24. event", async ({ page }) => {
  await signedIn(page, "twenty-four", world.acme);
  const requests = recording(page, world.server.url);
  const { value, error } = await call(page, "event", "Contact Created", EXAMPLE);
  expect({ value, error }).toEqual({ value: undefined, error: undefined });
  expect(requests.map(line)).toEqual([`POST /v2/projects/${world.acme.projectId}/sdk/events/trigger`]);
  expect((await requests[0]?.response())?.status()).toBe(201);
});

test("25. event with a selected credential runs that credential's workflows alone", async ({ page }) => {
  await signedIn(page, "double", world.direct);
  const contacts = "/crm/objects/2026-03/contacts";
  world.upstream.answer(contacts, { status: 201, body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}' });
  world.upstream.asked = [];
  await call(page, "event", "Contact Created", EXAMPLE, { selectedCredentialId: "ext:acct-a" });
  await until("one create", async () => world.upstream.of(contacts).length, (count) => count >= 1);
  // The other account's would have come in the same breath.
  await page.waitForTimeout(500);
  expect(world.upstream.of(contacts).map((asked) => asked.headers.authorization)).toEqual(["Bearer access-11"]);
  world.upstream.asked = [];
  await call(page, "event", "Contact Created", EXAMPLE);
  await until("both creates", async () => world.upstream.of(contacts).length, (count) => count === 2);
  expect(new Set(world.upstream.of(contacts).map((asked) => asked.headers.authorization))).toEqual(
    new Set(["Bearer access-11", "Bearer access-12"]),
  );
});

test("28. and 32. request: the path, the query, the headers", async ({ page }) => {
  const token = await signedIn(page, "proxied", world.direct);
  const requests = recording(page, world.server.url);
  world.upstream.answer("/p28", { body: '{"ok":true}' });
  world.upstream.asked = [];
  const { value } = await call(page, "request", "hubspot", "/p28?x=1&y=%2F", {
    method: "GET",
    headers: { "X-Mine": "kept" },
  });
  expect(value).toEqual({ ok: true });
  expect(requests.map((request) => request.url())).toEqual([
    `${world.server.url}/projects/${world.direct.projectId}/sdk/proxy/hubspot/p28?x=1&y=%2F`,
  ]);
  const [asked] = world.upstream.of("/p28");
  expect(asked?.path).toBe("/p28?x=1&y=%2F");
  expect(asked?.headers.authorization).toBe("Bearer access-1");
  expect(asked?.headers["x-mine"]).toBe("kept");
  expect(asked?.headers["content-type"] ?? "").not.toContain("auto");
  expect(JSON.stringify(asked?.headers)).not.toContain(token);
  expect(Object.keys(asked?.headers ?? {}).filter((name) => name.startsWith("x-paragon"))).toEqual([]);
});

test("29. request with an object arrives as JSON", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  world.upstream.answer("/p29", { body: "{}" });
  await call(page, "request", "hubspot", "p29", { method: "POST", body: { deep: [1, null, "ü"] } });
  const [asked] = world.upstream.of("/p29");
  expect(asked?.headers["content-type"]).toContain("application/json");
  expect(JSON.parse(asked?.body ?? "")).toEqual({ deep: [1, null, "ü"] });
});

test("30. and 31. request: what the provider answers comes back as it is", async ({ page }) => {
  await signedIn(page, "proxied", world.direct);
  const answers: [string, Parameters<Upstream["answer"]>[1], unknown][] = [
    ["/array", { body: "[1,2]" }, [1, 2]],
    ["/object", { body: '{"a":{"b":null}}' }, { a: { b: null } }],
    ["/text", { type: "text/plain", body: "hello" }, "hello"],
    ["/empty", { status: 204 }, undefined],
    ["/output", { body: '{"output":1,"more":2}' }, { output: 1, more: 2 }],
  ];
  for (const [path, told, wanted] of answers) {
    world.upstream.answer(path, told);
    const { value, error } = await call(page, "request", "hubspot", path, { method: "GET" });
    expect(error, path).toBeUndefined();
    expect(value, path).toEqual(wanted);
  }
});

test("33. a credential is named by its id, `ext:` and its external id alike", async ({ page }) => {
  await signedIn(page, "double", world.direct);
  const credential = (await hubspot(page)).allCredentials.find((each) => each.externalId === "acct-b");
  expect(credential).toBeDefined();
  const contacts = "/crm/objects/2026-03/contacts";
  world.upstream.answer("/p33", { body: "{}" });
  world.upstream.answer(contacts, { status: 201, body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}' });
  for (const selectedCredentialId of [credential?.id, "ext:acct-b", "acct-b"]) {
    world.upstream.asked = [];
    await call(page, "request", "hubspot", "/p33", { method: "GET", selectedCredentialId });
    expect(world.upstream.of("/p33").map((asked) => asked.headers.authorization)).toEqual(["Bearer access-12"]);
    await call(page, "event", "Contact Created", EXAMPLE, { selectedCredentialId });
    await until("the create", async () => world.upstream.of(contacts).length, (count) => count === 1);
    expect(world.upstream.of(contacts)[0]?.headers.authorization).toBe("Bearer access-12");
    const account = await call(page, "getIntegrationAccount", "hubspot", { selectedCredentialId });
    expect(account.error).toBeUndefined();
  }
});

test("34. and 35. workflows are switched on and off", async ({ page }) => {
  const token = await signedIn(page, "thirty-four", world.acme);
  expect((await install(page)).error).toBeUndefined();
  const workflow = world.acme.workflows["Sync contacts"] ?? "";
  const requests = recording(page, world.server.url);
  const enabled = async () => {
    const me = await fetch(`${world.server.url}/projects/${world.acme.projectId}/sdk/me`, { headers: asUser(token) });
    const body = (await me.json()) as { integrations: { hubspot: { allCredentials: Credential[] } } };
    return body.integrations.hubspot.allCredentials[0]?.configurations[0]?.workflowSettings[workflow]?.enabled;
  };
  expect((await call(page, "enableWorkflow", workflow)).error).toBeUndefined();
  expect(await enabled()).toBe(true);
  expect((await call(page, "disableWorkflow", workflow)).error).toBeUndefined();
  expect(await enabled()).toBe(false);
  expect(requests.map(line)).toEqual([
    `POST /projects/${world.acme.projectId}/sdk/workflows/${workflow}`,
    `DELETE /projects/${world.acme.projectId}/sdk/workflows/${workflow}`,
  ]);
  for (const request of requests) {
    const headers = await request.allHeaders();
    expect(headers["x-paragon-credential"]).toBeTruthy();
    expect(headers["x-paragon-configuration-id"]).toBeTruthy();
  }
  const { value, error } = await call(page, "updateWorkflowState", { [workflow]: true, unknown: true });
  expect(error).toBeUndefined();
  expect(JSON.stringify(value)).toContain("unknown");
  expect(await enabled()).toBe(true);
});

test("45. uninstall", async ({ page }) => {
  await signedIn(page, "forty-five", world.acme);
  expect((await install(page)).error).toBeUndefined();
  expect((await hubspot(page)).enabled).toBe(true);
  const requests = recording(page, world.server.url);
  expect((await call(page, "uninstallIntegration", "hubspot")).error).toBeUndefined();
  expect((await hubspot(page)).enabled).toBe(false);
  const deletes = requests.filter((request) => request.method() === "DELETE");
  expect(deletes.map(line)).toEqual([`DELETE /projects/${world.acme.projectId}/sdk/integrations/${world.acme.integrations.hubspot}`]);
  expect((await deletes[0]?.allHeaders())?.["x-paragon-credential"]).toBeTruthy();
  const seen = await page.evaluate(() => window.seen.map((event) => event.name));
  expect(seen.filter((name) => name === "onIntegrationUninstall")).toHaveLength(1);
  await page.reload();
  // `configureGlobal` of the page signs the restored user out again.
  await signedIn(page, "forty-five", world.acme);
  expect((await hubspot(page)).allCredentials).toEqual([]);
});

/**
 * The unmodified npm package `@useparagon/connect` 2.4.0 in Chromium against our server: the page on one origin, the
 * server on another, the provider on a third. Each test is a statement of the client SDK's wire contract and begins
 * with its number there.
 *
 * Not here, because their subject does not exist yet: 26 and 27 (request triggers), 36 to 44, 46, 47, 52, 54, 60 to 65
 * (settings, field options, several accounts, integrations without OAuth), 68.
 */
import { request as rawRequest } from "node:http";
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { HostApp } from "./src/host-app.ts";
import {
  authenticate,
  call,
  consent,
  type Credential,
  hubspot,
  install,
  line,
  recording,
  serveParagon,
  user,
} from "./src/paragon-page.ts";
import { emptyFolder, freePort, Program, until } from "./src/processes.ts";
import { EXAMPLE, imported, syncContacts, writeProject } from "./src/project-file.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";
import { Upstream } from "./src/upstream.ts";

const key = newKeyPair();
const otherKey = newKeyPair();
let simulator: Simulator;
let upstream: Upstream;
let host: HostApp;
let server: Server;
let admin: Admin;
/** HubSpot at the simulator, nobody connected yet. */
let acme: Applied;
/** HubSpot at the tests' own provider, with imported accounts. */
let direct: Applied;
/** Lets only another page open the portal. */
let closed: Applied;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  upstream = await Upstream.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("connect-sdk"), allow: [simulator.host, upstream.host] });
  admin = await Admin.setUp(server);
  serveParagon(host, server.url);
  const base = { publicKey: key.publicKey, provider: simulator.url };
  writeProject(server.path("acme.yaml"), {
    ...base,
    project: "Acme",
    allowedOrigins: [host.origin],
    workflows: { "Sync contacts": syncContacts(), "Second workflow": syncContacts() },
  });
  acme = server.apply(server.path("acme.yaml"));
  writeProject(server.path("direct.yaml"), {
    ...base,
    project: "Direct",
    provider: upstream.url,
    defaultEnabled: true,
    allowedOrigins: [host.origin],
    connectedUsers: {
      proxied: imported(1),
      doomed: imported(2),
      double: {
        credentials: {
          hubspot: [
            { ...imported(11).credentials.hubspot, externalId: "acct-a" },
            { ...imported(12).credentials.hubspot, externalId: "acct-b" },
          ],
        },
      },
    },
  });
  direct = server.apply(server.path("direct.yaml"));
  writeProject(server.path("closed.yaml"), { ...base, project: "Closed", allowedOrigins: ["https://elsewhere.example"] });
  closed = server.apply(server.path("closed.yaml"));
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await upstream?.stop();
  await host?.stop();
});

test.beforeEach(async ({ page }) => {
  await page.goto(`${host.origin}/paragon`);
});

/** A user of the test's own, signed in. */
async function signedIn(page: Page, sub: string, project = acme): Promise<string> {
  const token = userToken(key.privateKey, sub);
  expect(await authenticate(page, project.projectId, token)).toBeUndefined();
  return token;
}

function asUser(token: string, more: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Bearer ${token}`, "content-type": "application/json", ...more };
}

test.describe("set-up", () => {
  test("1. with all nine overrides no request leaves the server's origin", async ({ page }) => {
    const origins = new Set<string>();
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await signedIn(page, "one");
    await call(page, "event", "Contact Created", EXAMPLE);
    expect([...origins]).toEqual([server.url]);
  });

  test("2. an integration's icon is served", async ({ page }) => {
    await signedIn(page, "two");
    const metadata = await page.evaluate(() => window.paragon.getIntegrationMetadata());
    expect(metadata.map(({ type, name }) => ({ type, name }))).toEqual([{ type: "hubspot", name: "HubSpot" }]);
    expect(metadata[0]?.icon).toBe(`${server.url}/integrations/hubspot.svg`);
    const icon = await fetch(metadata[0]?.icon ?? "");
    expect(icon.status).toBe(200);
    expect(icon.headers.get("content-type")).toContain("image/svg+xml");
    expect(await icon.text()).toContain("<svg");
  });

  test("3. the portal's page can be framed from anywhere", async ({ page }) => {
    for (const path of ["/ui", `/ui?projectId=${acme.projectId}`]) {
      const answer = await fetch(server.url + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toContain("text/html");
      expect(answer.headers.get("x-frame-options")).toBeNull();
    }
    await expect(page.locator("#paragon-connect-frame")).toHaveAttribute("src", `${server.url}/ui`);
    await expect.poll(() => page.frames().some((frame) => frame.url().startsWith(`${server.url}/ui`))).toBe(true);
  });

  test("4. preflights succeed on every door, for any header", async () => {
    const asked = "authorization,content-type,x-paragon-sdk-version,x-paragon-credential,x-paragon-configuration-id,x-my-own";
    const doors = [
      "sdk/me",
      "sdk/integrations",
      "sdk/events/trigger",
      "sdk/workflows/0197b7c3-0000-7000-8000-000000000000",
      "sdk/proxy/hubspot/crm/anything",
      "sdk/credentials",
      "sdk/actions/session-id/abc",
      "triggers",
    ].flatMap((door) => [`/projects/${acme.projectId}/${door}`, `/v2/projects/${acme.projectId}/${door}`]);
    for (const door of doors) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await fetch(server.url + door, {
          method: "OPTIONS",
          headers: {
            origin: host.origin,
            "access-control-request-method": method,
            "access-control-request-headers": asked,
          },
        });
        expect(answer.ok, `${method} ${door}`).toBe(true);
        const allowed = (answer.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/\s*,\s*/);
        expect(asked.split(",").filter((header) => !allowed.includes(header)), door).toEqual([]);
        expect(answer.headers.get("access-control-allow-methods"), door).toContain(method);
        expect(["*", host.origin]).toContain(answer.headers.get("access-control-allow-origin"));
        expect(answer.headers.get("access-control-allow-credentials"), door).toBeNull();
      }
    }
  });

  test("5. an error can be read by the page", async ({ page }) => {
    const body = await page.evaluate(
      async (url) => (await (await fetch(url, { headers: { authorization: "Bearer nonsense" } })).json()) as unknown,
      `${server.url}/projects/${acme.projectId}/sdk/me`,
    );
    expect(body).toMatchObject({ status: 401, code: expect.any(String), message: expect.any(String) });
  });

  test("6. no address but the proxy door's has `proxy` in it, and such a host name is warned about", async () => {
    const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
    const paths = Object.keys(description.paths);
    expect(paths.length).toBeGreaterThan(10);
    const wrong = paths.filter((path) => path.includes("proxy") && !path.includes("/sdk/proxy/"));
    expect(wrong).toEqual([]);
    const port = await freePort();
    const listen = `127.0.0.1:${port}`;
    const warned = Program.start("a server behind `my-proxy`", [
      "serve", "--listen", listen, "--data", emptyFolder("warned"), "--public-url", "https://my-proxy.example.com",
    ]);
    await warned.ready(`http://${listen}/readyz`);
    expect(warned.output).toMatch(/warn[^\n]*proxy/i);
    await warned.stop();
  });

  test("7. a doubled leading slash is served", async () => {
    // `fetch` keeps it, as the SDK's own requests do.
    const token = userToken(key.privateKey, "seven");
    const status = await new Promise((resolve, reject) => {
      rawRequest(
        { host: "127.0.0.1", port: new URL(server.url).port, path: `//projects/${acme.projectId}/sdk/me`, headers: asUser(token) },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  });
});

test.describe("authentication", () => {
  test("8. authenticate sends exactly two requests", async ({ page }) => {
    const requests = recording(page, server.url);
    await signedIn(page, "eight");
    expect(requests.map(line).sort()).toEqual([
      `GET /projects/${acme.projectId}/sdk/integrations`,
      `GET /projects/${acme.projectId}/sdk/me`,
    ]);
  });

  test("9. a token without exp, or an expired one, fails without any request", async ({ page }) => {
    const requests = recording(page, server.url);
    for (const claims of [{ exp: undefined }, { exp: Math.floor(Date.now() / 1000) - 10 }]) {
      expect(await authenticate(page, acme.projectId, userToken(key.privateKey, "nine", claims))).toBeTruthy();
    }
    expect(requests.map(line)).toEqual([]);
  });

  test("10. and 11. a token that the server refuses: 401 as JSON, and nothing stays in the browser", async ({ page }) => {
    const now = Math.floor(Date.now() / 1000);
    const refused = {
      "another key": userToken(otherKey.privateKey, "ten"),
      "another project": userToken(key.privateKey, "ten", { aud: `useparagon.com/${direct.projectId}` }),
      "expired on the server's clock": userToken(key.privateKey, "ten", { iat: now - 7200, exp: now - 300 }),
      "no sub": userToken(key.privateKey, "", { sub: undefined, id: "ten" }),
      "no iat": userToken(key.privateKey, "ten", { iat: undefined }),
    };
    // The browser's clock is behind, so that the SDK itself sends the expired one.
    await page.clock.setFixedTime(Date.now() - 3_600_000);
    await signedIn(page, "ten");
    for (const [why, token] of Object.entries(refused)) {
      const error = await authenticate(page, acme.projectId, token);
      expect(error, why).toMatch(/^Failed to authenticate user with Paragon: \{/);
      expect(JSON.parse(error?.slice(error.indexOf("{")) ?? ""), why).toMatchObject({ status: 401 });
      expect(await page.evaluate(() => localStorage.getItem("paragon-connect-user-state")), why).toBeNull();
    }
  });

  test("12. getUser has what the contract says, and no token", async ({ page }) => {
    await signedIn(page, "twelve");
    const state = await user(page);
    expect(Object.keys(state).sort()).toEqual(["authenticated", "integrations", "meta", "resources", "userId"]);
    expect(state).toMatchObject({ authenticated: true, userId: "twelve", resources: [] });
  });

  test("13. a brand-new user has every integration, with no credentials", async ({ page }) => {
    await signedIn(page, `new-${Date.now()}`);
    const { integrations } = await user(page);
    expect(Object.keys(integrations ?? {})).toEqual(["hubspot"]);
    expect(integrations?.hubspot).toMatchObject({ enabled: false, allCredentials: [] });
  });

  test("14. metadata at authenticate is sent once, and not again when nothing changes", async ({ page }) => {
    const requests = recording(page, server.url);
    const token = userToken(key.privateKey, "fourteen");
    await authenticate(page, acme.projectId, token, { metadata: { name: "A" } });
    const patches = () => requests.filter((request) => request.method() === "PATCH");
    expect(patches().map((request) => request.postDataJSON())).toEqual([{ meta: { Name: "A" } }]);
    await authenticate(page, acme.projectId, token, { metadata: { name: "A" } });
    expect(patches()).toHaveLength(1);
  });

  test("15. and 16. metadata merges, survives as it is, and setUserMetadata answers it", async ({ page }) => {
    const token = await signedIn(page, "fifteen");
    await call(page, "setUserMetadata", { a: "Grüße, 世界 🌍" });
    const { value } = await call(page, "setUserMetadata", { b: { c: 1 } });
    expect((value as { meta: unknown }).meta).toEqual({ a: "Grüße, 世界 🌍", b: { c: 1 } });
    const me = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers: asUser(token) });
    expect(((await me.json()) as { meta: unknown }).meta).toEqual({ a: "Grüße, 世界 🌍", b: { c: 1 } });
  });

  test("17. a reload restores the user; a refused token is forgotten", async ({ page }) => {
    await signedIn(page, "seventeen");
    await page.reload();
    await expect.poll(async () => (await user(page)).userId).toBe("seventeen");
    await page.evaluate((token) => {
      const state = JSON.parse(localStorage.getItem("paragon-connect-user-state") ?? "{}") as {
        userState: { token: string };
      };
      state.userState.token = token;
      localStorage.setItem("paragon-connect-user-state", JSON.stringify(state));
    }, userToken(otherKey.privateKey, "seventeen"));
    await page.reload();
    await expect.poll(async () => (await user(page)).authenticated).toBe(false);
    expect(await page.evaluate(() => localStorage.getItem("paragon-connect-user-state"))).toBeNull();
  });
});

test.describe("errors", () => {
  test("18. a disabled user gets 403 with code 7210 and stays signed in", async ({ page }) => {
    await signedIn(page, "eighteen");
    const { items } = await admin.call<{ items: { id: string; userId: string }[] }>(
      "GET",
      `/projects/${acme.projectId}/users?search=eighteen`,
    );
    const found = items.find((item) => item.userId === "eighteen");
    await admin.call("PATCH", `/projects/${acme.projectId}/users/${found?.id}`, { disabled: true });
    const { error } = await call(page, "event", "Contact Created", EXAMPLE);
    expect(JSON.parse(error ?? "{}")).toMatchObject({ status: 403, code: "7210" });
    expect((await user(page)).authenticated).toBe(true);
  });

  test("19. a 401 on event signs the user out", async ({ page }) => {
    const doomed = newKeyPair();
    const made = await admin.call<{ id: string }>("POST", `/projects/${acme.projectId}/signing-keys`, {
      name: "doomed",
      publicKey: doomed.publicKey,
    });
    expect(await authenticate(page, acme.projectId, userToken(doomed.privateKey, "nineteen"))).toBeUndefined();
    await admin.call("DELETE", `/projects/${acme.projectId}/signing-keys/${made.id}`);
    const { error } = await call(page, "event", "Contact Created", EXAMPLE);
    expect(JSON.parse(error ?? "{}")).toMatchObject({ status: 401 });
    expect((await user(page)).authenticated).toBe(false);
  });

  test("20. what is foreign or unknown is answered 4xx, but not 401 or 403", async ({ page }) => {
    const token = await signedIn(page, "twenty");
    const { value: other } = await call(page, "getUser");
    expect(other).toBeTruthy();
    const proxied = userToken(key.privateKey, "proxied");
    const me = (await (
      await fetch(`${server.url}/projects/${direct.projectId}/sdk/me`, { headers: asUser(proxied) })
    ).json()) as { integrations: { hubspot: { credentialId: string } } };
    const foreignCredential = me.integrations.hubspot.credentialId;
    const unknown = "0197b7c3-0000-7000-8000-000000000000";
    const base = `/projects/${acme.projectId}/sdk`;
    const asked: [string, string, Record<string, string>?][] = [
      ["GET", `${base}/credentials/${foreignCredential}`],
      ["GET", `${base}/credentials/${unknown}`],
      ["DELETE", `${base}/integrations/${direct.integrations.hubspot}`, { "x-paragon-credential": foreignCredential }],
      ["DELETE", `${base}/integrations/${unknown}`],
      ["POST", `${base}/workflows/${direct.workflows["Sync contacts"]}`],
      ["POST", `${base}/workflows/${unknown}`],
      ["DELETE", `${base}/workflows/${unknown}`],
      ["POST", `${base}/triggers/${unknown}`],
      ["GET", `${base}/proxy/hubspot/crm/x`, { "x-paragon-credential": foreignCredential }],
      ["GET", `${base}/proxy/nothing/crm/x`],
      ["POST", `${base}/events/trigger`, { "x-paragon-credential": foreignCredential }],
      ["GET", `${base}/actions/session-id`],
    ];
    for (const [method, path, headers] of asked) {
      const answer = await fetch(server.url + path, {
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
    await signedIn(page, "proxied", direct);
    upstream.answer("/p422", { status: 422, body: '{"message":"that is not an e-mail address","detail":7}' });
    const { error, response } = await call(page, "request", "hubspot", "/p422", { method: "POST", body: { a: 1 } });
    expect(error).toBe("that is not an e-mail address");
    expect(response).toEqual({ message: "that is not an e-mail address", detail: 7 });
    expect((await user(page)).authenticated).toBe(true);
  });

  test("22. an upstream 401 leaves the user signed in, and the credential shows its new status", async ({ page }) => {
    await signedIn(page, "doomed", direct);
    expect((await hubspot(page)).credentialStatus).toBe("VALID");
    upstream.answer("/p401", { status: 401, body: '{"message":"expired"}' });
    // The provider does not renew the token either.
    for (const path of ["/oauth/2026-03/token", "/oauth/2026-09/token", "/oauth/v1/token", "/oauth/v3/token"]) {
      upstream.answer(path, { status: 400, body: '{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN","message":"gone"}' });
    }
    const requests = recording(page, server.url);
    const { error } = await call(page, "request", "hubspot", "/p401", { method: "GET" });
    expect(error).toBeTruthy();
    expect((await user(page)).authenticated).toBe(true);
    await expect.poll(() => requests.filter((request) => line(request).endsWith("/sdk/me")).length).toBe(1);
    await expect.poll(async () => (await hubspot(page)).credentialStatus).toBe("INVALID");
    expect((await hubspot(page)).enabled).toBe(false);
  });

  test("23. an upstream error that is no JSON is told as text", async ({ page }) => {
    await signedIn(page, "proxied", direct);
    upstream.answer("/p500", { status: 500, type: "text/plain", body: "the disk is on fire" });
    const { error } = await call(page, "request", "hubspot", "/p500", { method: "GET" });
    expect(error).toBe("the disk is on fire");
  });
});

test.describe("calls", () => {
  test("24. event", async ({ page }) => {
    await signedIn(page, "twenty-four");
    const requests = recording(page, server.url);
    const { value, error } = await call(page, "event", "Contact Created", EXAMPLE);
    expect({ value, error }).toEqual({ value: undefined, error: undefined });
    expect(requests.map(line)).toEqual([`POST /v2/projects/${acme.projectId}/sdk/events/trigger`]);
    expect((await requests[0]?.response())?.status()).toBe(201);
  });

  test("25. event with a selected credential runs that credential's workflows alone", async ({ page }) => {
    await signedIn(page, "double", direct);
    const contacts = "/crm/objects/2026-03/contacts";
    upstream.answer(contacts, { status: 201, body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}' });
    upstream.asked = [];
    await call(page, "event", "Contact Created", EXAMPLE, { selectedCredentialId: "ext:acct-a" });
    await until("one create", async () => upstream.of(contacts).length, (count) => count >= 1);
    // The other account's would have come in the same breath.
    await page.waitForTimeout(500);
    expect(upstream.of(contacts).map((asked) => asked.headers.authorization)).toEqual(["Bearer access-11"]);
    upstream.asked = [];
    await call(page, "event", "Contact Created", EXAMPLE);
    await until("both creates", async () => upstream.of(contacts).length, (count) => count === 2);
    expect(new Set(upstream.of(contacts).map((asked) => asked.headers.authorization))).toEqual(
      new Set(["Bearer access-11", "Bearer access-12"]),
    );
  });

  test("28. and 32. request: the path, the query, the headers", async ({ page }) => {
    const token = await signedIn(page, "proxied", direct);
    const requests = recording(page, server.url);
    upstream.answer("/p28", { body: '{"ok":true}' });
    upstream.asked = [];
    const { value } = await call(page, "request", "hubspot", "/p28?x=1&y=%2F", {
      method: "GET",
      headers: { "X-Mine": "kept" },
    });
    expect(value).toEqual({ ok: true });
    expect(requests.map((request) => request.url())).toEqual([
      `${server.url}/projects/${direct.projectId}/sdk/proxy/hubspot/p28?x=1&y=%2F`,
    ]);
    const [asked] = upstream.of("/p28");
    expect(asked?.path).toBe("/p28?x=1&y=%2F");
    expect(asked?.headers.authorization).toBe("Bearer access-1");
    expect(asked?.headers["x-mine"]).toBe("kept");
    expect(asked?.headers["content-type"] ?? "").not.toContain("auto");
    expect(JSON.stringify(asked?.headers)).not.toContain(token);
    expect(Object.keys(asked?.headers ?? {}).filter((name) => name.startsWith("x-paragon"))).toEqual([]);
  });

  test("29. request with an object arrives as JSON", async ({ page }) => {
    await signedIn(page, "proxied", direct);
    upstream.answer("/p29", { body: "{}" });
    await call(page, "request", "hubspot", "p29", { method: "POST", body: { deep: [1, null, "ü"] } });
    const [asked] = upstream.of("/p29");
    expect(asked?.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(asked?.body ?? "")).toEqual({ deep: [1, null, "ü"] });
  });

  test("30. and 31. request: what the provider answers comes back as it is", async ({ page }) => {
    await signedIn(page, "proxied", direct);
    const answers: [string, Parameters<Upstream["answer"]>[1], unknown][] = [
      ["/array", { body: "[1,2]" }, [1, 2]],
      ["/object", { body: '{"a":{"b":null}}' }, { a: { b: null } }],
      ["/text", { type: "text/plain", body: "hello" }, "hello"],
      ["/empty", { status: 204 }, undefined],
      ["/output", { body: '{"output":1,"more":2}' }, { output: 1, more: 2 }],
    ];
    for (const [path, told, wanted] of answers) {
      upstream.answer(path, told);
      const { value, error } = await call(page, "request", "hubspot", path, { method: "GET" });
      expect(error, path).toBeUndefined();
      expect(value, path).toEqual(wanted);
    }
  });

  test("33. a credential is named by its id, `ext:` and its external id alike", async ({ page }) => {
    await signedIn(page, "double", direct);
    const credential = (await hubspot(page)).allCredentials.find((each) => each.externalId === "acct-b");
    expect(credential).toBeDefined();
    const contacts = "/crm/objects/2026-03/contacts";
    upstream.answer("/p33", { body: "{}" });
    upstream.answer(contacts, { status: 201, body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}' });
    for (const selectedCredentialId of [credential?.id, "ext:acct-b", "acct-b"]) {
      upstream.asked = [];
      await call(page, "request", "hubspot", "/p33", { method: "GET", selectedCredentialId });
      expect(upstream.of("/p33").map((asked) => asked.headers.authorization)).toEqual(["Bearer access-12"]);
      await call(page, "event", "Contact Created", EXAMPLE, { selectedCredentialId });
      await until("the create", async () => upstream.of(contacts).length, (count) => count === 1);
      expect(upstream.of(contacts)[0]?.headers.authorization).toBe("Bearer access-12");
      const account = await call(page, "getIntegrationAccount", "hubspot", { selectedCredentialId });
      expect(account.error).toBeUndefined();
    }
  });

  test("34. and 35. workflows are switched on and off", async ({ page }) => {
    const token = await signedIn(page, "thirty-four");
    expect((await install(page)).error).toBeUndefined();
    const workflow = acme.workflows["Sync contacts"] ?? "";
    const requests = recording(page, server.url);
    const enabled = async () => {
      const me = await fetch(`${server.url}/projects/${acme.projectId}/sdk/me`, { headers: asUser(token) });
      const body = (await me.json()) as { integrations: { hubspot: { allCredentials: Credential[] } } };
      return body.integrations.hubspot.allCredentials[0]?.configurations[0]?.workflowSettings[workflow]?.enabled;
    };
    expect((await call(page, "enableWorkflow", workflow)).error).toBeUndefined();
    expect(await enabled()).toBe(true);
    expect((await call(page, "disableWorkflow", workflow)).error).toBeUndefined();
    expect(await enabled()).toBe(false);
    expect(requests.map(line)).toEqual([
      `POST /projects/${acme.projectId}/sdk/workflows/${workflow}`,
      `DELETE /projects/${acme.projectId}/sdk/workflows/${workflow}`,
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
    await signedIn(page, "forty-five");
    expect((await install(page)).error).toBeUndefined();
    expect((await hubspot(page)).enabled).toBe(true);
    const requests = recording(page, server.url);
    expect((await call(page, "uninstallIntegration", "hubspot")).error).toBeUndefined();
    expect((await hubspot(page)).enabled).toBe(false);
    const deletes = requests.filter((request) => request.method() === "DELETE");
    expect(deletes.map(line)).toEqual([`DELETE /projects/${acme.projectId}/sdk/integrations/${acme.integrations.hubspot}`]);
    expect((await deletes[0]?.allHeaders())?.["x-paragon-credential"]).toBeTruthy();
    const seen = await page.evaluate(() => window.seen.map((event) => event.name));
    expect(seen.filter((name) => name === "onIntegrationUninstall")).toHaveLength(1);
    await page.reload();
    await expect.poll(async () => (await user(page)).authenticated).toBe(true);
    expect((await hubspot(page)).allCredentials).toEqual([]);
  });
});

test.describe("portal", () => {
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
    await signedIn(page, "forty-eight");
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
    await signedIn(page, "forty-nine");
    await open(page);
    await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
    await frame(page).getByRole("button", { name: "Close" }).click();
    await expect(page.locator("#paragon-connect-frame")).toBeHidden();
    expect(await page.evaluate(() => window.seen.map((event) => event.name))).toEqual(["onPortalOpen", "onPortalClose"]);
    expect(await page.evaluate(() => getComputedStyle(document.body).overflow)).toBe("visible");
  });

  test("50. closePortal hides the portal", async ({ page }) => {
    await signedIn(page, "fifty");
    await open(page);
    await expect(frame(page).getByRole("button", { name: "Connect HubSpot" })).toBeVisible();
    await page.evaluate(() => window.paragon.closePortal());
    await expect(page.locator("#paragon-connect-frame")).toBeHidden();
  });

  test("51. a switch in the portal is told to the page and kept", async ({ page }) => {
    await signedIn(page, "fifty-one");
    await open(page);
    const [popup] = await Promise.all([
      page.context().waitForEvent("page"),
      frame(page).getByRole("button", { name: "Connect HubSpot" }).click(),
    ]);
    await consent(popup);
    await frame(page).getByRole("tab", { name: "Configuration" }).click();
    await frame(page).getByRole("switch", { name: /Sync contacts/ }).click();
    const workflow = acme.workflows["Sync contacts"] ?? "";
    await expect
      .poll(() => page.evaluate(() => window.seen.filter((event) => event.name === "onWorkflowChange")))
      .toEqual([
        {
          name: "onWorkflowChange",
          payload: expect.objectContaining({ workflowId: workflow, workflowStateChange: { enabled: true } }),
        },
      ]);
    await page.reload();
    await expect.poll(async () => (await user(page)).authenticated).toBe(true);
    const [credential] = (await hubspot(page)).allCredentials;
    expect(credential?.configurations[0]?.workflowSettings[workflow]?.enabled).toBe(true);
  });

  test("53. the portal listens to its parent alone", async ({ page }) => {
    await signedIn(page, "fifty-three");
    const portal = page.frames().find((each) => each.url().startsWith(`${server.url}/ui`));
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
});

test.describe("OAuth", () => {
  test("55. and 56. the session path: one install, no more polling", async ({ page }) => {
    await signedIn(page, "fifty-six");
    const requests = recording(page, server.url);
    const nonce: string[] = [];
    page.context().on("request", (request) => {
      if (request.url().includes("/oauth-nonce")) nonce.push(request.url());
    });
    const { value, error } = await install(page);
    expect(error).toBeUndefined();
    expect(value).toMatchObject({ integrationType: "hubspot", credentialId: expect.any(String) });
    expect(nonce).toHaveLength(1);
    const loaded = await page.evaluate(() => window.messages.filter(({ data }) => data?.type === "oauth-nonce-loaded"));
    expect(loaded.map((message) => message.origin)).toEqual([server.url]);
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
        `${server.url}/projects/${acme.projectId}/sdk/actions/oauth-nonce?action=hubspot&integrationId=${acme.integrations.hubspot}` +
          `&originForPostMessage=${origin}&userToken=${userToken(key.privateKey, "fifty-five")}`,
      );
    const allowed = await ask(host.origin);
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("referrer-policy")).toBe("no-referrer");
    expect(allowed.headers.get("cross-origin-opener-policy") ?? "unsafe-none").not.toBe("same-origin");
    expect(await allowed.text()).toContain(host.origin);
    const evil = await ask('https://evil.example"></script><script>alert(1)</script>');
    expect(evil.status).toBeGreaterThanOrEqual(400);
    expect(await evil.text()).not.toContain("<script>alert(1)");
  });

  test("57. session-id: empty while pending, and any key can be deleted", async () => {
    const headers = asUser(userToken(key.privateKey, "fifty-seven"));
    const session = `${server.url}/projects/${acme.projectId}/sdk/actions/session-id/neverheardof`;
    const pending = await fetch(session, { headers });
    expect({ status: pending.status, body: await pending.json() }).toEqual({ status: 200, body: {} });
    expect((await fetch(session, { method: "DELETE", headers })).ok).toBe(true);
  });

  test("58. a callback without the nonce cookie makes no credential", async ({ page }) => {
    const token = await signedIn(page, "fifty-eight");
    const redirect = await buildOauth(token, "key58");
    // The provider's page, and the way back, in a browser that never saw the nonce page.
    const consented = await fetch(redirect);
    expect(consented.status).toBe(200);
    const stranger = await page.context().browser()?.newContext();
    const window = await stranger?.newPage();
    await window?.goto(redirect);
    const [back] = await Promise.all([
      window?.waitForResponse((answer) => answer.url().startsWith(server.url)),
      window?.getByRole("button", { name: "Allow access" }).click(),
    ]);
    expect(back?.status()).toBeGreaterThanOrEqual(400);
    await stranger?.close();
    const session = await fetch(`${server.url}/projects/${acme.projectId}/sdk/actions/session-id/key58`, {
      headers: asUser(token),
    });
    expect(await session.json()).toEqual({});
    expect(await credentials(token)).toEqual([]);
  });

  test("58. a callback with another user's nonce cookie makes no credential", async ({ page }) => {
    const victim = userToken(key.privateKey, "fifty-eight-b");
    const attacker = userToken(key.privateKey, "fifty-eight-c");
    const redirect = await buildOauth(attacker, "key58b");
    const window = await page.context().newPage();
    await window.goto(
      `${server.url}/projects/${acme.projectId}/sdk/actions/oauth-nonce?action=hubspot&integrationId=${acme.integrations.hubspot}` +
        `&originForPostMessage=${host.origin}&userToken=${victim}`,
    );
    await window.goto(redirect);
    const [back] = await Promise.all([
      window.waitForResponse((answer) => answer.url().startsWith(server.url)),
      window.getByRole("button", { name: "Allow access" }).click(),
    ]);
    expect(back.status()).toBeGreaterThanOrEqual(400);
    expect(await credentials(attacker)).toEqual([]);
    expect(await credentials(victim)).toEqual([]);
  });

  test("59. a refused consent rejects within a second of the callback", async ({ page }) => {
    await signedIn(page, "fifty-nine");
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
    await popup.goto(callback.href).catch(() => undefined); // it may close itself before it has loaded
    const outcome = await Promise.race([
      page.evaluate(() => window.outcome),
      new Promise<string>((resolve) => setTimeout(() => resolve("nothing"), 1000)),
    ]);
    expect(outcome).toMatchObject({ error: expect.any(String) });
    expect(await page.evaluate(() => window.seen.map((event) => event.name))).toEqual(["onError"]);
    expect((await hubspot(page)).enabled).toBe(false);
  });

  test("66. what goes wrong at the start is said in the popup", async ({ page }) => {
    await signedIn(page, "sixty-six", closed);
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
    const token = await signedIn(page, "sixty-seven");
    await install(page);
    await fetch(`${server.url}/projects/${acme.projectId}/sdk/nothing?userToken=${token}`);
    const signature = token.split(".")[2] ?? "";
    expect(signature.length).toBeGreaterThan(300);
    expect(server.program.output.length).toBeGreaterThan(0);
    expect(server.program.output).not.toContain(signature);
    expect(server.program.output).not.toContain("acme-secret-marker");
  });
});

test.describe("shapes", () => {
  test("69. an OAuth integration says so", async () => {
    const answer = await fetch(`${server.url}/projects/${acme.projectId}/sdk/integrations`, {
      headers: asUser(userToken(key.privateKey, "sixty-nine")),
    });
    const integrations = (await answer.json()) as Record<string, unknown>[];
    expect(integrations).toHaveLength(1);
    expect(integrations[0]).toMatchObject({
      type: "hubspot",
      authenticationType: "oauth",
      needPreOauthInputs: false,
      isActive: true,
      sdkIntegrationConfig: { accountTypes: [], postOauthInputs: [] },
    });
    expect((integrations[0]?.configs as unknown[]).length).toBe(1);
  });

  test("70. every credential has one default configuration, and it comes first", async () => {
    for (const sub of ["double", "proxied"]) {
      const found = await credentials(userToken(key.privateKey, sub), direct);
      expect(found.length).toBeGreaterThan(0);
      for (const credential of found) {
        expect(credential.configurations.map((each) => each.isDefault)).toEqual([true]);
      }
    }
  });
});

async function buildOauth(token: string, sessionKey: string): Promise<string> {
  const query = new URLSearchParams({
    action: "hubspot",
    integrationId: acme.integrations.hubspot ?? "",
    userToken: token,
    originForPostMessage: host.origin,
    endUserSuppliedValues: "{}",
    parameters: "{}",
    installOptions: "{}",
    isPreviewMode: "false",
    oauthMetaKeyId: sessionKey,
  });
  const answer = await fetch(`${server.url}/v2/projects/${acme.projectId}/sdk/actions/build-oauth?${query}`, {
    headers: asUser(token),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { redirectUrl: string }).redirectUrl;
}

async function credentials(token: string, project = acme): Promise<Credential[]> {
  const answer = await fetch(`${server.url}/projects/${project.projectId}/sdk/me`, { headers: asUser(token) });
  expect(answer.status).toBe(200);
  const body = (await answer.json()) as { integrations: { hubspot: { allCredentials: Credential[] } } };
  return body.integrations.hubspot.allCredentials;
}

import { afterEach, describe, expect, it, vi } from "vitest";
import { full, Linchpin, LinchpinError } from "../src/full.js";
import { BASE, credential, me, PROJECT, stubServer, token, WORKFLOW } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;
const make = (): Linchpin => new Linchpin({ baseUrl: BASE });

afterEach(() => {
  vi.useRealTimers();
});

describe("authenticate", () => {
  it("reads the user and the integrations, and nothing else", async () => {
    const { received } = stubServer();
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    expect(received.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      `GET ${P}/integrations`,
      `GET ${P}/me`,
    ]);
    const user = linchpin.getUser();
    expect(user).toMatchObject({ authenticated: true, userId: "ann" });
    expect(JSON.stringify(user)).not.toContain("eyJ");
  });

  it("says what is missing where no server is configured", async () => {
    stubServer();
    await expect(new Linchpin().authenticate(PROJECT, token())).rejects.toMatchObject({ code: "not_configured" });
  });

  it.each(["", "abc", "a.b.c", token("", 60)])("refuses the token %j without asking the server", async (bad) => {
    const { received } = stubServer();
    await expect(make().authenticate(PROJECT, bad)).rejects.toThrow();
    expect(received).toEqual([]);
  });

  it("rejects with the server's code and leaves nobody authenticated", async () => {
    stubServer({ [`GET ${P}/me`]: { status: 401, body: { message: "expired", code: "token_expired", status: 401 } } });
    const linchpin = make();
    await expect(linchpin.authenticate(PROJECT, token())).rejects.toMatchObject({ code: "token_expired", status: 401 });
    expect(linchpin.getUser()).toEqual({ authenticated: false });
  });

  it("sends metadata after the user is known", async () => {
    const { received } = stubServer({ [`PATCH ${P}/me`]: {} });
    await make().authenticate(PROJECT, token(), { metadata: { Name: "Änn" } });
    expect(received.find(({ method }) => method === "PATCH")?.body).toEqual({ meta: { Name: "Änn" } });
  });

  it("twice at once, as React's strict mode does it, is harmless", async () => {
    stubServer();
    const linchpin = make();
    await Promise.all([
      linchpin.authenticate(PROJECT, async () => token()),
      linchpin.authenticate(PROJECT, async () => token()),
    ]);
    expect(linchpin.getUser().authenticated).toBe(true);
  });

  it("with the same token twice at once asks once", async () => {
    const { received } = stubServer();
    const linchpin = make();
    const same = token();
    await Promise.all([linchpin.authenticate(PROJECT, same), linchpin.authenticate(PROJECT, same)]);
    expect(received).toHaveLength(2);
  });

  it("lets calls made meanwhile wait for it", async () => {
    stubServer({ [`POST /v2${P}/events/trigger`]: { status: 201, body: { id: "e1" } } });
    const linchpin = make();
    void linchpin.authenticate(PROJECT, token());
    await expect(linchpin.event("X", {})).resolves.toEqual({ id: "e1" });
  });

  it("is asked for by name when it was forgotten", async () => {
    stubServer();
    await expect(make().event("X", {})).rejects.toMatchObject({ code: "not_authenticated" });
  });
});

describe("token renewal", () => {
  it("asks the page for a new token when the present one is about to end", async () => {
    const { received } = stubServer({ [`PATCH ${P}/me`]: {} });
    const source = vi.fn(async () => token("ann", source.mock.calls.length === 1 ? 10 : 3_600));
    const linchpin = make();
    await linchpin.authenticate(PROJECT, source);
    await linchpin.setUserMetadata({ a: 1 });
    expect(source.mock.calls.length).toBeGreaterThan(1);
    expect(received.length).toBeGreaterThan(3);
  });

  it("renews once for a refused token and repeats the call", async () => {
    let refused = 0;
    stubServer({
      [`POST /v2${P}/events/trigger`]: () =>
        refused++ === 0 ? { status: 401, body: { message: "expired" } } : { status: 201, body: { id: "e2" } },
    });
    const source = vi.fn(async () => token());
    const linchpin = make();
    await linchpin.authenticate(PROJECT, source);
    await expect(linchpin.event("X", {})).resolves.toEqual({ id: "e2" });
    expect(source).toHaveBeenCalledTimes(2);
  });

  it("ends the session, and says so, when a plain token is refused", async () => {
    const { routes } = stubServer();
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    const reasons: string[] = [];
    linchpin.subscribe("onLogout", ({ reason }) => reasons.push(reason));
    routes[`POST /v2${P}/events/trigger`] = { status: 401, body: { message: "expired" } };
    await expect(linchpin.event("X", {})).rejects.toMatchObject({ code: "unauthorized", message: "expired" });
    expect(linchpin.getUser().authenticated).toBe(false);
    expect(reasons).toEqual(["unauthorized"]);
  });
});

describe("event", () => {
  it("carries name, payload and an idempotency key", async () => {
    const { received } = stubServer({ [`POST /v2${P}/events/trigger`]: { status: 201, body: { id: "e1" } } });
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    await linchpin.event("Contact Created", { email: "b@example.com" }, { idempotencyKey: "k1", selectedCredentialId: "ext:a" });
    const request = received.at(-1);
    expect(request?.body).toEqual({ name: "Contact Created", payload: { email: "b@example.com" } });
    expect(request?.headers).toMatchObject({ "Idempotency-Key": "k1", "X-Paragon-Credential": "ext:a" });
  });

  it("repeats a passing failure under the same key", async () => {
    vi.useFakeTimers();
    let calls = 0;
    const { received } = stubServer({
      [`POST /v2${P}/events/trigger`]: () => (calls++ < 2 ? { status: 503, body: { message: "full" } } : { status: 201, body: { id: "e3" } }),
    });
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    const sent = linchpin.event("X", {});
    await vi.runAllTimersAsync();
    await expect(sent).resolves.toEqual({ id: "e3" });
    const keys = received.filter(({ method }) => method === "POST").map(({ headers }) => headers["Idempotency-Key"]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it("does not repeat what the server refused", async () => {
    const { received } = stubServer({ [`POST /v2${P}/events/trigger`]: { status: 400, body: { message: "payload is no object", code: "invalid" } } });
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    await expect(linchpin.event("X", {})).rejects.toMatchObject({ code: "invalid", status: 400 });
    expect(received.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
});

describe("request", () => {
  const answer = async (route: Parameters<typeof stubServer>[0], body?: unknown): Promise<unknown> => {
    const { received } = stubServer(route);
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    const result = await linchpin.request("hubspot", "crm/contacts?x=1", body === undefined ? {} : { method: "POST", body });
    expect(received.at(-1)?.path).toBe(`${P}/proxy/hubspot/crm/contacts?x=1`);
    return result;
  };

  it.each([
    ["an object", { body: { a: 1 } }, { a: 1 }],
    ["a list", { body: [1] }, [1]],
    ["what the server wrapped", { body: { output: { output: 1 } } }, { output: 1 }],
    ["text", { text: "hello", type: "text/plain" }, "hello"],
    ["nothing", { status: 204 }, undefined],
  ])("returns %s", async (_name, route, expected) => {
    expect(await answer({ [`GET ${P}/proxy/hubspot/crm/contacts`]: route })).toEqual(expected);
  });

  it("sends an object as JSON", async () => {
    expect(
      await answer({ [`POST ${P}/proxy/hubspot/crm/contacts`]: ({ body, headers }) => ({ body: [body, headers["Content-Type"]] }) }, { a: 1 }),
    ).toEqual([{ a: 1 }, "application/json"]);
  });

  it("keeps the user when the provider refuses, and looks at the account again", async () => {
    const { received } = stubServer({ [`GET ${P}/proxy/hubspot/x`]: { status: 401, body: { message: "revoked", code: "upstream" } } });
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    const error = await linchpin.request("hubspot", "/x").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LinchpinError);
    expect((error as LinchpinError).response).toEqual({ message: "revoked", code: "upstream" });
    expect(linchpin.getUser().authenticated).toBe(true);
    expect(received.at(-1)?.path).toBe(`${P}/me`);
  });
});

describe("workflows and settings", () => {
  const connected = async (routes: Parameters<typeof stubServer>[0] = {}) => {
    const server = stubServer({ [`GET ${P}/me`]: { body: me([credential()]) }, ...routes });
    const linchpin = make();
    await linchpin.authenticate(PROJECT, token());
    return { linchpin, ...server };
  };

  it("switches a workflow on with the credential and configuration named", async () => {
    const { linchpin, received } = await connected({ [`POST ${P}/workflows/${WORKFLOW}`]: {} });
    await linchpin.enableWorkflow(WORKFLOW);
    expect(received.at(-2)).toMatchObject({
      method: "POST",
      headers: { "X-Paragon-Credential": "cred-1", "X-Paragon-Configuration-Id": "conf-cred-1" },
    });
    expect(received.at(-1)?.path).toBe(`${P}/me`);
  });

  it.each(["cred-1", "ext-cred-1", "ext:ext-cred-1"])("finds the account by %s", async (selectedCredentialId) => {
    const { linchpin, received } = await connected({ [`DELETE ${P}/workflows/${WORKFLOW}`]: {} });
    await linchpin.disableWorkflow(WORKFLOW, { selectedCredentialId });
    expect(received.at(-2)?.headers["X-Paragon-Credential"]).toBe("cred-1");
  });

  it("reports which workflows could not be switched", async () => {
    const { linchpin } = await connected({ [`POST ${P}/workflows/${WORKFLOW}`]: { status: 422, body: { message: "settings missing" } } });
    const { user, errors } = await linchpin.updateWorkflowState({ [WORKFLOW]: true, unknown: true });
    expect(user).toBe(linchpin.getUser());
    expect(errors).toEqual([
      { workflowId: WORKFLOW, message: "settings missing" },
      { workflowId: "unknown", message: expect.stringContaining('no integration of this project has the workflow "unknown"') },
    ]);
  });

  it("sends a setting together with the others of its map", async () => {
    const { linchpin, received } = await connected({ [`PATCH ${P}/credentials/cred-1`]: { body: { ...credential(), errors: ["too long"] } } });
    const { errors } = await linchpin.updateWorkflowUserSettings("hubspot", WORKFLOW, { name: "x" });
    expect(received.at(-2)?.body).toEqual({
      config: { workflowSettings: { [WORKFLOW]: { enabled: false, settings: { list: "1", name: "x" } } } },
    });
    expect(errors).toEqual(["too long"]);
  });

  it("disconnects and tells it once", async () => {
    const { linchpin } = await connected({ [`DELETE ${P}/integrations/int-1`]: {} });
    const events: unknown[] = [];
    linchpin.subscribe("onIntegrationUninstall", (event) => events.push(event));
    await linchpin.uninstallIntegration("hubspot");
    expect(events).toEqual([{ integrationId: "int-1", integrationType: "hubspot" }]);
  });
});

describe("configuration", () => {
  it.each([
    [{ host: "a.example.com" }, {}, "https://zeus.a.example.com"],
    [{ host: "http://127.0.0.1:4800/" }, {}, "http://127.0.0.1:4800"],
    [{ host: "a.example.com" }, { ZEUS_PUBLIC_URL: "http://127.0.0.1:4800" }, "http://127.0.0.1:4800"],
  ])("understands configureGlobal(%j, %j)", async (global, overrides, base) => {
    stubServer();
    const linchpin = full(new Linchpin());
    linchpin.configureGlobal(global, overrides);
    await linchpin.authenticate(PROJECT, token());
    expect(linchpin.getIntegrationMetadata("hubspot")).toEqual({
      type: "hubspot",
      name: "HubSpot",
      brandColor: "#ff7a59",
      icon: `${base}/integrations/hubspot.svg`,
    });
  });

  it("stops telling those who unsubscribed, and refuses unknown events", () => {
    const linchpin = make();
    const stop = linchpin.subscribe("onLogout", () => {});
    stop();
    expect(() => linchpin.subscribe("onSomething" as "onLogout", () => {})).toThrow("there is no event");
  });
});

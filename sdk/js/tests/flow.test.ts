// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FullLinchpin, full, type InstallFlowStage, Linchpin } from "../src/full.js";
import { BASE, credential, hubspot, me, PROJECT, stubServer, token } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;
const CREDENTIALS = `POST ${P}/credentials`;

let linchpin: FullLinchpin;
let opened: string[];
let seen: string[];

beforeEach(() => {
  vi.useFakeTimers();
  opened = [];
  seen = [];
  window.open = (address) => {
    opened.push(String(address));
    return { closed: false, close() {}, location: { href: address } } as unknown as Window;
  };
});

afterEach(() => {
  linchpin.logout();
  vi.useRealTimers();
});

type Routes = NonNullable<Parameters<typeof stubServer>[0]>;

async function signedIn(integration: Record<string, unknown>, credentials: Record<string, unknown>[] = [], routes: Routes = {}) {
  const server = stubServer({
    [`GET ${P}/integrations`]: { body: [{ ...hubspot(), ...integration }] },
    [`GET ${P}/me`]: { body: me(credentials) },
    [`GET /v2${P}/actions/build-oauth`]: { body: { redirectUrl: "https://provider.example/authorize" } },
    ...routes,
  });
  linchpin = full(new Linchpin({ baseUrl: BASE }));
  await linchpin.authenticate(PROJECT, token());
  linchpin.subscribe("onIntegrationInstall", ({ credentialId }) => seen.push(`installed ${credentialId}`));
  const has = (...all: Record<string, unknown>[]): void => {
    server.routes[`GET ${P}/me`] = { body: me(all) };
  };
  /** The server says that the consent came to this account. */
  const consent = async (...all: Record<string, unknown>[]): Promise<void> => {
    const path = server.received.filter((each) => each.path.includes("build-oauth")).at(-1)?.path ?? "";
    const key = new URL(path, BASE).searchParams.get("oauthMetaKeyId");
    server.routes[`GET ${P}/actions/session-id/${key}`] = { body: { connectCredentialId: "cred-1" } };
    has(...all);
    await vi.advanceTimersByTimeAsync(1_500);
  };
  return { ...server, has, consent };
}

const callbacks = {
  onNext: ({ stage }: InstallFlowStage): void => void seen.push(stage),
  onComplete: (): void => void seen.push("complete"),
  onError: ({ code }: { code: string }, context: { stage: string } | null): void =>
    void seen.push(`${code} at ${context?.stage}`),
};

const input = (id: string) => ({ id, title: id, type: "TEXT_NO_VARS" });
const oauthOf = (query: string): URLSearchParams => new URL(query, BASE).searchParams;

describe("installFlow", () => {
  it("goes through every stage in its order", async () => {
    const { received, consent, routes } = await signedIn({
      sdkIntegrationConfig: {
        accountTypes: [{ id: "sandbox", scheme: "oauth", endUserSuppliedValues: [input("domain")], oauthParameters: [{ key: "env", source: { type: "VALUE", value: "test" } }] }],
        postOauthInputs: [input("region")],
        authSchemeOptions: { packageInstallUrl: "https://provider.example/package" },
      },
    });
    const chosen = await linchpin.installFlow.start("hubspot", callbacks);
    expect(chosen).toMatchObject({ stage: "accountType", options: [{ id: "sandbox" }], done: false });
    const install = await linchpin.installFlow.setAccountType("sandbox");
    expect(install).toMatchObject({ stage: "instruction", packageInstallUrl: "https://provider.example/package" });
    if (install.stage === "instruction") install.finish.onClick();
    await vi.advanceTimersByTimeAsync(1);
    expect(linchpin.installFlow.next()).toMatchObject({ stage: "preOptions", options: [{ id: "domain" }] });

    const after = linchpin.installFlow.setPreOptions({ domain: "acme" });
    // Nothing has been awaited yet: the window opens in the click.
    expect(opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    const query = oauthOf(received.find(({ path }) => path.includes("build-oauth"))?.path ?? "");
    expect(JSON.parse(query.get("endUserSuppliedValues") ?? "")).toEqual({ domain: "acme" });
    expect(JSON.parse(query.get("parameters") ?? "")).toEqual({ env: "test" });
    expect(JSON.parse(query.get("installOptions") ?? "")).toMatchObject({ accountType: "sandbox" });
    await consent(credential("PENDING"));
    expect(await after).toMatchObject({ stage: "postOptions", options: [{ id: "region" }] });
    expect(seen).not.toContain("installed cred-1");

    routes[`${CREDENTIALS}/cred-1/complete-setup`] = () => {
      routes[`GET ${P}/me`] = { body: me([credential("VALID")]) };
      return { body: credential("VALID") };
    };
    const done = await linchpin.installFlow.setPostOptions({ region: "EU" });
    expect(done).toMatchObject({ stage: "done", done: true, result: { credentialId: "cred-1", integrationType: "hubspot" } });
    expect(received.find(({ path }) => path.endsWith("complete-setup"))?.body).toMatchObject({
      payload: { region: "EU", skipPostOAuthInputs: false },
    });
    expect(seen).toEqual(["accountType", "instruction", "preOptions", "oauth", "postOptions", "installed cred-1", "done", "complete"]);
    expect(() => linchpin.installFlow.next()).toThrow(expect.objectContaining({ code: "no_install_flow" }));
  });

  it("opens the window at once where nothing is asked", async () => {
    const { consent } = await signedIn({});
    const connecting = linchpin.installFlow.start("hubspot", callbacks);
    expect(opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await consent(credential());
    await expect(connecting).resolves.toMatchObject({ stage: "done" });
    expect(seen).toEqual(["oauth", "installed cred-1", "done", "complete"]);
  });

  it("stores a key without a window, and asks afterwards too", async () => {
    const { received, routes } = await signedIn({
      authenticationType: "basic",
      needPreOauthInputs: true,
      sdkIntegrationConfig: { authConfigInputs: [input("apiKey")], postOauthInputs: [input("region")] },
    });
    routes[CREDENTIALS] = () => {
      routes[`GET ${P}/me`] = { body: me([credential("PENDING")]) };
      return { body: credential("PENDING") };
    };
    routes[`${CREDENTIALS}/cred-1/complete-setup`] = () => {
      routes[`GET ${P}/me`] = { body: me([credential()]) };
      return { body: credential() };
    };
    await linchpin.installFlow.start("hubspot", callbacks);
    await linchpin.installFlow.setPreOptions({ apiKey: "k" });
    const done = await linchpin.installFlow.setPostOptions({ region: "EU" });
    expect(done.done).toBe(true);
    expect(opened).toEqual([]);
    expect(received.find(({ path, method }) => method === "POST" && path === `${P}/credentials`)?.body).toMatchObject({
      integrationId: "int-1",
      payload: { apiKey: "k", skipPostOAuthInputs: false },
    });
    expect(seen).toEqual(["preOptions", "postOptions", "installed cred-1", "done", "complete"]);
  });

  it("goes on where an account was left PENDING", async () => {
    await signedIn({ sdkIntegrationConfig: { postOauthInputs: [input("region")] } }, [credential("PENDING")]);
    const stage = await linchpin.installFlow.start("hubspot");
    expect(stage).toMatchObject({ stage: "postOptions" });
    expect(opened).toEqual([]);
  });

  it("completes a PENDING account that lacks nothing any more", async () => {
    const { routes, has } = await signedIn({}, [credential("PENDING")]);
    routes[`${CREDENTIALS}/cred-1/complete-setup`] = () => {
      has(credential());
      return { body: credential() };
    };
    await expect(linchpin.installFlow.start("hubspot")).resolves.toMatchObject({ stage: "done" });
  });

  it("says so where an account stays unusable, and the form can be sent again", async () => {
    const { routes, has } = await signedIn({ sdkIntegrationConfig: { postOauthInputs: [input("region")] } }, [credential("PENDING")]);
    routes[`${CREDENTIALS}/cred-1/complete-setup`] = { body: credential("PENDING") };
    await linchpin.installFlow.start("hubspot", callbacks);
    await expect(linchpin.installFlow.setPostOptions({})).rejects.toMatchObject({ code: "setup_incomplete" });
    expect(seen.at(-1)).toBe("setup_incomplete at postOptions");
    routes[`${CREDENTIALS}/cred-1/complete-setup`] = () => {
      has(credential());
      return { body: credential() };
    };
    await expect(linchpin.installFlow.setPostOptions({ region: "EU" })).resolves.toMatchObject({ stage: "done" });
  });

  it("tells a denied consent at once, and opens the window again", async () => {
    const { received, routes, consent } = await signedIn({});
    const connecting = linchpin.installFlow.start("hubspot", callbacks);
    await vi.advanceTimersByTimeAsync(1);
    const path = received.find((each) => each.path.includes("build-oauth"))?.path ?? "";
    routes[`GET ${P}/actions/session-id/${oauthOf(path).get("oauthMetaKeyId")}`] = { body: { error: { code: "oauth_denied", message: "no" } } };
    const failed = expect(connecting).rejects.toMatchObject({ code: "oauth_denied", message: "no" });
    await vi.advanceTimersByTimeAsync(1_500);
    await failed;
    expect(seen).toEqual(["oauth", "oauth_denied at oauth"]);
    const again = linchpin.installFlow.retry();
    expect(opened).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    await consent(credential());
    await expect(again).resolves.toMatchObject({ stage: "done" });
  });

  it("tells a blocked window, and the time limit", async () => {
    await signedIn({});
    window.open = () => null;
    await expect(linchpin.installFlow.start("hubspot", callbacks)).rejects.toMatchObject({ code: "popup_blocked" });
    expect(seen).toEqual(["oauth", "popup_blocked at oauth"]);
    window.open = () => ({ closed: false, close() {}, location: {} }) as unknown as Window;
    const late = expect(linchpin.installFlow.start("hubspot", { oauthTimeout: 5_000 })).rejects.toMatchObject({ code: "oauth_timeout" });
    await vi.advanceTimersByTimeAsync(5_100);
    await late;
  });

  it("shows what the server refused, with the stage it belongs to, and takes other values", async () => {
    const { routes, has } = await signedIn({
      authenticationType: "basic",
      needPreOauthInputs: true,
      sdkIntegrationConfig: { authConfigInputs: [input("apiKey")] },
    });
    routes[CREDENTIALS] = { status: 422, body: { message: "the key is wrong", code: "invalid" } };
    await linchpin.installFlow.start("hubspot", callbacks);
    await expect(linchpin.installFlow.setPreOptions({ apiKey: "bad" })).rejects.toMatchObject({ message: "the key is wrong" });
    expect(seen).toEqual(["preOptions", "invalid at preOptions"]);
    routes[CREDENTIALS] = () => {
      has(credential());
      return { body: credential() };
    };
    await expect(linchpin.installFlow.setPreOptions({ apiKey: "good" })).resolves.toMatchObject({ stage: "done" });
  });

  it("is cancelled: the window goes, and an account that was left PENDING with it", async () => {
    const { received, routes } = await signedIn({ sdkIntegrationConfig: { postOauthInputs: [input("region")] } }, [credential("PENDING")]);
    routes[`DELETE ${P}/integrations/int-1`] = {};
    await linchpin.installFlow.start("hubspot");
    await linchpin.installFlow.cancel();
    expect(received.find(({ method }) => method === "DELETE")).toMatchObject({ headers: { "X-Paragon-Credential": "cred-1" } });
    expect(() => linchpin.installFlow.next()).toThrow(expect.objectContaining({ code: "no_install_flow" }));
  });

  it("settles whoever waits: cancelled, aborted, superseded, logged out", async () => {
    await signedIn({});
    const ends = async (end: () => void, code: string, signal?: AbortSignal): Promise<void> => {
      const waiting = expect(linchpin.installFlow.start("hubspot", { ...callbacks, ...(signal && { signal }) })).rejects.toMatchObject({ code });
      end();
      await vi.advanceTimersByTimeAsync(1);
      await waiting;
    };
    const controller = new AbortController();
    await ends(() => void linchpin.installFlow.cancel(), "cancelled");
    await ends(() => controller.abort(), "aborted", controller.signal);
    await ends(() => void linchpin.installFlow.start("hubspot"), "superseded");
    await ends(() => linchpin.logout(), "logged_out");
  });

  it.each([
    ["an unknown integration", () => linchpin.installFlow.start("nothing", callbacks), "integration_not_found"],
    ["an account type that is none", async () => (await linchpin.installFlow.start("hubspot"), linchpin.installFlow.setAccountType("x")), "invalid_options"],
    ["an answer to another stage", async () => (await linchpin.installFlow.start("hubspot"), linchpin.installFlow.setPostOptions({})), "wrong_stage"],
    ["an answer without a flow", () => linchpin.installFlow.setPreOptions({}), "no_install_flow"],
    ["two labels", () => linchpin.installFlow.start("hubspot", { externalId: "a", selectedCredentialId: "b" }), "invalid_options"],
  ])("refuses %s", async (_what, call, code) => {
    await signedIn({ sdkIntegrationConfig: { accountTypes: [{ id: "a", scheme: "oauth" }] } });
    await expect(call()).rejects.toMatchObject({ code });
  });

  it("refuses a second account unless it is asked for", async () => {
    await signedIn({}, [credential()]);
    await expect(linchpin.installFlow.start("hubspot")).rejects.toMatchObject({ code: "already_installed" });
    await expect(linchpin.installFlow.start("hubspot", { externalId: "ext-cred-1", allowMultipleCredentials: true })).rejects.toMatchObject({ code: "external_id_taken" });
    void linchpin.installFlow.start("hubspot", { allowMultipleCredentials: true });
    expect(opened).toHaveLength(1);
  });

  it("raises no unhandled rejection where nobody waits", async () => {
    await signedIn({});
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    window.open = () => null;
    void linchpin.installFlow.start("hubspot");
    void linchpin.installFlow.start("nothing");
    void linchpin.installFlow.setPreOptions({});
    vi.useRealTimers();
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });
});

describe("setHeadless", () => {
  it("keeps the portal closed, and says what to use instead", async () => {
    await signedIn({ authenticationType: "basic", needPreOauthInputs: true });
    linchpin.setHeadless(true);
    await expect(linchpin.connect("hubspot")).rejects.toMatchObject({ code: "input_needed" });
    await expect(linchpin.installIntegration("hubspot")).rejects.toMatchObject({ code: "input_needed" });
    expect(document.querySelector("iframe")).toBeNull();
  });
});

it("setHeadless goes before showPortalAfterInstall, without an unhandled rejection", async () => {
  const { consent } = await signedIn({});
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", listener);
  linchpin.setHeadless(true);
  const installing = linchpin.installIntegration("hubspot", { showPortalAfterInstall: true });
  await vi.advanceTimersByTimeAsync(1);
  await consent(credential());
  await expect(installing).resolves.toMatchObject({ credentialId: "cred-1" });
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
  expect(document.querySelector("iframe")).toBeNull();
});

it("gives an instance its calls once", () => {
  linchpin = full(new Linchpin({ baseUrl: BASE }));
  const { installFlow } = linchpin;
  expect(full(linchpin).installFlow).toBe(installFlow);
});

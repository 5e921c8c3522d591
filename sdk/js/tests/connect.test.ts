// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "disableIframePageLoading": true, "handleDisabledFileLoadingAsSuccess": true } }
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { full } from "../src/full.js";
import { Linchpin, LinchpinError } from "../src/index.js";
import type { UiUpdate } from "../src/protocol.js";
import { BASE, credential, me, PROJECT, stubServer, token, WORKFLOW } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;
const NONCE = `${BASE}${P}/actions/oauth-nonce`;

/** A stand-in for the provider's window. */
function fakeWindow(address: string): { closed: boolean; close(): void; location: { href: string } } {
  return {
    closed: false,
    close() {
      this.closed = true;
    },
    location: { href: address },
  };
}

let linchpin: Linchpin;
let popup: ReturnType<typeof fakeWindow> | undefined;
let posted: Record<string, unknown>[];

beforeEach(() => {
  vi.useFakeTimers();
  popup = undefined;
  posted = [];
  vi.stubGlobal("open", (address: string) => (popup = fakeWindow(address)));
  window.open = globalThis.open;
});

afterEach(() => {
  linchpin.logout();
  vi.useRealTimers();
});

async function signedIn(routes: Parameters<typeof stubServer>[0] = {}) {
  const server = stubServer({
    [`GET /v2${P}/actions/build-oauth`]: { body: { redirectUrl: "https://provider.example/authorize" } },
    ...routes,
  });
  linchpin = new Linchpin({ baseUrl: BASE });
  await linchpin.authenticate(PROJECT, token());
  return server;
}

function frame(): HTMLIFrameElement {
  const element = document.querySelector<HTMLIFrameElement>("#linchpin-connect-frame");
  if (!element) throw new Error("there is no portal");
  return element;
}

/** Loads the frame and listens to what it is sent. */
function loadFrame(): void {
  const { contentWindow } = frame();
  Object.defineProperty(frame(), "contentWindow", {
    value: Object.assign(contentWindow ?? {}, {
      postMessage: (data: Record<string, unknown>, origin: string) => {
        expect(origin).toBe(BASE);
        posted.push(structuredClone(data));
      },
    }),
  });
  frame().dispatchEvent(new Event("load"));
}

function send(data: unknown, from: { source?: unknown; origin?: string } = {}): void {
  const event = new MessageEvent("message", { data, origin: from.origin ?? BASE });
  Object.defineProperty(event, "source", { value: "source" in from ? from.source : frame().contentWindow });
  window.dispatchEvent(event);
}

let calls = 0;
async function portalCalls(type: string, ...parameters: unknown[]): Promise<Record<string, unknown>> {
  calls += 1;
  const id = `c${calls}`;
  send({ messageType: "SDK_FUNCTION_INVOCATION", type, parameters, id });
  await vi.advanceTimersByTimeAsync(1);
  return posted.find((message) => message.id === id) ?? {};
}

const lastUpdate = (): UiUpdate => posted.filter((each) => each.messageType === "UI_UPDATE").at(-1) as unknown as UiUpdate;

describe("the portal's frame", () => {
  it("is made by the first connect, hidden, and told what to show once it has loaded", async () => {
    await signedIn();
    expect(document.querySelector("iframe")).toBeNull();
    void linchpin.connect("hubspot");
    expect(frame().src).toBe(`${BASE}/ui?projectId=${PROJECT}`);
    expect(frame().style.display).toBe("none");
    loadFrame();
    expect(lastUpdate().nextModalState.integration?.type).toBe("hubspot");
    expect(JSON.stringify(lastUpdate())).not.toContain(token().split(".")[1]);
  });

  it("shows itself, and is hidden again when it closes", async () => {
    await signedIn();
    const events: string[] = [];
    linchpin.subscribe("onPortalOpen", () => events.push("open"));
    linchpin.subscribe("onPortalClose", () => events.push("close"));
    const connecting = linchpin.connect("hubspot");
    loadFrame();
    await portalCalls("updateContainerStyle", { isModalShown: true });
    await portalCalls("onOpen");
    expect(frame().style.display).toBe("block");
    expect(document.body.style.overflow).toBe("hidden");
    await portalCalls("onClose", true);
    await expect(connecting).rejects.toMatchObject({ code: "portal_closed" });
    expect(frame().style.display).toBe("none");
    expect(document.body.style.overflow).toBe("");
    expect(lastUpdate().nextModalState.integration).toBeNull();
    expect(events).toEqual(["open", "close"]);
  });

  it("goes into the page's own place for it", async () => {
    await signedIn();
    document.body.insertAdjacentHTML("beforeend", '<div id="linchpin-connect-frame-container"></div>');
    void linchpin.connect("hubspot");
    expect(frame().parentElement?.id).toBe("linchpin-connect-frame-container");
    expect(frame().style.position).toBe("absolute");
    frame().parentElement?.remove();
    // The page has taken the frame away: the next call makes another.
    void linchpin.connect("hubspot");
    expect(frame().parentElement).toBe(document.body);
  });

  it.each([
    ["another window", { source: {} }],
    ["another origin", { origin: "https://evil.example" }],
  ])("is not obeyed when %s speaks", async (_who, from) => {
    await signedIn();
    void linchpin.connect("hubspot");
    loadFrame();
    send({ messageType: "SDK_FUNCTION_INVOCATION", type: "updateContainerStyle", parameters: [{ isModalShown: true }], id: "x" }, from);
    await vi.advanceTimersByTimeAsync(1);
    expect(frame().style.display).toBe("none");
    expect(posted.some(({ id }) => id === "x")).toBe(false);
  });

  it.each(["logout", "constructor", "__proto__", "session"])("may not call %s", async (method) => {
    await signedIn();
    void linchpin.connect("hubspot");
    loadFrame();
    expect(await portalCalls(method)).toMatchObject({ messageType: "SDK_FUNCTION_ERROR", error: true });
    expect(linchpin.getUser().authenticated).toBe(true);
  });

  it("that never shows itself ends the call, and the next call tries again", async () => {
    await signedIn();
    const connecting = linchpin.connect("hubspot");
    const settled = expect(connecting).rejects.toMatchObject({ code: "portal_unreachable" });
    await vi.advanceTimersByTimeAsync(25_000);
    await settled;
    expect(document.querySelector("iframe")).toBeNull();
    void linchpin.connect("hubspot");
    expect(frame()).toBeTruthy();
  });

  it("survives messages that make no sense", async () => {
    await signedIn();
    void linchpin.connect("hubspot");
    loadFrame();
    for (const nonsense of [null, 1, "x", {}, { messageType: "SDK_FUNCTION_INVOCATION" }]) send(nonsense);
    expect(await portalCalls("onOpen")).toMatchObject({ messageType: "SDK_FUNCTION_RESPONSE" });
  });

  it("goes away at logout, and whoever waits is told", async () => {
    await signedIn();
    const connecting = linchpin.connect("hubspot");
    linchpin.logout();
    await expect(connecting).rejects.toMatchObject({ code: "logged_out" });
    expect(document.querySelector("iframe")).toBeNull();
  });

  it("shows an unknown integration to nobody", async () => {
    await signedIn();
    await expect(linchpin.connect("salesforce")).rejects.toMatchObject({ code: "integration_not_found" });
    expect(document.querySelector("iframe")).toBeNull();
  });
});

describe("OAuth", () => {
  const sessionRoute = (received: { path: string }[]): string =>
    `GET ${P}/actions/session-id/${new URL(received.find(({ path }) => path.includes("build-oauth"))?.path ?? "", BASE).searchParams.get("oauthMetaKeyId")}`;
  const fromPopup = (data: unknown): void => send(data, { source: popup });

  it("opens the window in the click, goes on to the provider, and resolves when the server has the account", async () => {
    const { received, routes } = await signedIn();
    const installed: unknown[] = [];
    linchpin.subscribe("onIntegrationInstall", (event) => installed.push(event));
    const installing = linchpin.installIntegration("hubspot");
    // Nothing has been awaited yet: browsers would block it later.
    expect(popup?.location.href.startsWith(NONCE)).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    fromPopup({ type: "oauth-nonce-loaded" });
    await vi.advanceTimersByTimeAsync(1);
    expect(popup?.location.href).toBe("https://provider.example/authorize");
    const session = sessionRoute(received);
    routes[session] = { body: {} };
    await vi.advanceTimersByTimeAsync(3_000);
    routes[session] = { body: { connectCredentialId: "cred-1" } };
    routes[`GET ${P}/me`] = { body: me([credential()]) };
    await vi.advanceTimersByTimeAsync(1_500);
    await expect(installing).resolves.toMatchObject({ integrationType: "hubspot", credentialId: "cred-1" });
    expect(installed).toHaveLength(1);
    expect(popup?.closed).toBe(true);
    expect(received.at(-1)?.path).toBe(`${P}/me`);
    expect(received.some(({ method, path }) => method === "DELETE" && path.includes("session-id"))).toBe(true);
    const before = received.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(received).toHaveLength(before);
  });

  it("does not put the token in the address of the call that builds the consent page", async () => {
    const { received } = await signedIn();
    void linchpin.installIntegration("hubspot");
    await vi.advanceTimersByTimeAsync(1);
    expect(received.find(({ path }) => path.includes("build-oauth"))?.path).not.toContain("eyJ");
  });

  it("rejects at once when access is denied", async () => {
    await signedIn();
    const installing = linchpin.installIntegration("hubspot");
    fromPopup({ type: "oauth_error_callback", error: "denied", errorResponse: { message: "access was not granted", code: "oauth_denied" } });
    await expect(installing).rejects.toMatchObject({ code: "oauth_denied", message: "access was not granted" });
    expect(popup?.closed).toBe(true);
  });

  it("rejects when only the session tells of the failure", async () => {
    const { received, routes } = await signedIn();
    const installing = linchpin.installIntegration("hubspot");
    await vi.advanceTimersByTimeAsync(1);
    routes[sessionRoute(received)] = { body: { error: { code: "oauth_failed", message: "the code was used" } } };
    const settled = expect(installing).rejects.toMatchObject({ code: "oauth_failed", message: "the code was used" });
    await vi.advanceTimersByTimeAsync(2_000);
    await settled;
  });

  it("believes neither another window nor another origin", async () => {
    await signedIn();
    let settled = false;
    linchpin.installIntegration("hubspot").finally(() => (settled = true)).catch(() => {});
    const denial = { type: "oauth_error_callback", error: "denied" };
    send(denial, { source: {} });
    send(denial, { source: popup, origin: "https://evil.example" });
    await vi.advanceTimersByTimeAsync(10);
    expect(settled).toBe(false);
  });

  it("says that the window was blocked", async () => {
    await signedIn();
    window.open = () => null;
    await expect(linchpin.installIntegration("hubspot")).rejects.toMatchObject({ code: "popup_blocked" });
  });

  it("never goes to a script", async () => {
    await signedIn({ [`GET /v2${P}/actions/build-oauth`]: { body: { redirectUrl: "javascript:alert(1)" } } });
    await expect(linchpin.installIntegration("hubspot")).rejects.toBeInstanceOf(LinchpinError);
    expect(popup?.location.href).not.toContain("javascript");
  });

  it("settles some time after the window was closed, and still finds an account until then", async () => {
    const { received, routes } = await signedIn();
    const lost = linchpin.installIntegration("hubspot");
    const settled = expect(lost).rejects.toMatchObject({ code: "oauth_timeout" });
    popup?.close();
    await vi.advanceTimersByTimeAsync(90_000);
    await settled;

    const found = linchpin.installIntegration("hubspot");
    await vi.advanceTimersByTimeAsync(1);
    popup?.close();
    await vi.advanceTimersByTimeAsync(5_000);
    const key = received.filter(({ path }) => path.includes("build-oauth")).at(-1)?.path ?? "";
    routes[`GET ${P}/actions/session-id/${new URL(key, BASE).searchParams.get("oauthMetaKeyId")}`] = { body: { connectCredentialId: "cred-1" } };
    routes[`GET ${P}/me`] = { body: me([credential()]) };
    await vi.advanceTimersByTimeAsync(3_000);
    await expect(found).resolves.toMatchObject({ credentialId: "cred-1" });
  });

  it("from the portal: an error is shown there and the call stays open", async () => {
    await signedIn();
    const errors: unknown[] = [];
    const connecting = linchpin.connect("hubspot", { onError: (error) => errors.push(error.code) });
    loadFrame();
    await portalCalls("updateContainerStyle", { isModalShown: true });
    await portalCalls("startOAuthFlow", "hubspot", {});
    expect(lastUpdate().nextModalState.oauthWindow).toBe("open");
    fromPopup({ type: "oauth_error_callback", error: "denied", errorResponse: { message: "no", code: "oauth_denied" } });
    await vi.advanceTimersByTimeAsync(1);
    expect(lastUpdate().nextModalState.connectionError).toMatchObject({ code: "oauth_denied", message: "no" });
    expect(errors).toEqual(["oauth_denied"]);
    await portalCalls("startOAuthFlow", "hubspot", {});
    expect(lastUpdate().nextModalState.connectionError).toBeUndefined();
    linchpin.closePortal();
    // The consent may still come: the call is decided by the window, not by the portal.
    popup?.close();
    const settled = expect(connecting).rejects.toMatchObject({ code: "oauth_timeout" });
    await vi.advanceTimersByTimeAsync(90_000);
    await settled;
  });

  it("opened for another integration, tells the former", async () => {
    const keyed = { ...(await integrationList())[0], id: "int-2", type: "other", name: "Other" };
    await signedIn({ [`GET ${P}/integrations`]: { body: [...(await integrationList()), keyed] } });
    const first = linchpin.installIntegration("hubspot");
    void linchpin.installIntegration("other");
    await expect(first).rejects.toMatchObject({ code: "superseded" });
  });
});

async function integrationList(): Promise<Record<string, unknown>[]> {
  const { hubspot } = await import("./server.js");
  return [hubspot()];
}

describe("a user who is connected", () => {
  it("gets the account when the portal closes", async () => {
    await signedIn({ [`GET ${P}/me`]: { body: me([credential()]) } });
    const managing = linchpin.connect("hubspot");
    loadFrame();
    await portalCalls("onOpen");
    await portalCalls("onClose", true);
    await expect(managing).resolves.toMatchObject({ credentialId: "cred-1" });
  });

  it("is not installed twice", async () => {
    await signedIn({ [`GET ${P}/me`]: { body: me([credential()]) } });
    await expect(linchpin.installIntegration("hubspot")).rejects.toMatchObject({ code: "already_installed" });
    expect(popup).toBeUndefined();
  });

  it("switches a workflow from the portal, and the page hears of it", async () => {
    const { received } = await signedIn({ [`GET ${P}/me`]: { body: me([credential()]) }, [`POST ${P}/workflows/${WORKFLOW}`]: {} });
    const changes: unknown[] = [];
    linchpin.subscribe("onWorkflowChange", (event) => changes.push(event));
    void linchpin.connect("hubspot");
    loadFrame();
    expect(await portalCalls("enableWorkflow", WORKFLOW, { selectedCredentialId: "cred-1" })).toMatchObject({ messageType: "SDK_FUNCTION_RESPONSE" });
    expect(received.some(({ method, path }) => method === "POST" && path === `${P}/workflows/${WORKFLOW}`)).toBe(true);
    const event = { type: "onWorkflowChange", integrationId: "int-1", integrationType: "hubspot", workflowId: WORKFLOW, workflowStateChange: { enabled: true } };
    await portalCalls("triggerSDKEvent", event);
    await portalCalls("triggerSDKEvent", { ...event, type: "onIntegrationInstall" });
    expect(changes).toEqual([{ integrationId: "int-1", integrationType: "hubspot", workflowId: WORKFLOW, workflowStateChange: { enabled: true } }]);
  });

  it("makes room for another user: nothing of the former stays", async () => {
    await signedIn({ [`GET ${P}/me`]: { body: me([credential()]) } });
    const managing = linchpin.connect("hubspot");
    const settled = expect(managing).rejects.toMatchObject({ code: "superseded" });
    await linchpin.authenticate(PROJECT, token("bob"));
    await settled;
    expect(document.querySelector("iframe")).toBeNull();
    expect(linchpin.getUser()).toMatchObject({ userId: "bob" });
  });
});

describe("lists of the page", () => {
  const dropdown = { id: "team", title: "Team", type: "CUSTOM_DROPDOWN" };
  const withLists = async (): Promise<Record<string, unknown>> => {
    const [hubspot] = await integrationList();
    const inputs = [{ ...dropdown, key: "teams" }, { ...dropdown, id: "who", key: "people" }, { ...dropdown, id: "other", key: "else" }];
    const values = { sharedMeta: { inputs }, workflowMeta: { [WORKFLOW]: { id: WORKFLOW, inputs } } };
    return { ...hubspot, configs: [{ id: "cfg-1", values }] };
  };

  it("reach the portal, which loads those that are loaded", async () => {
    await signedIn({ [`GET ${P}/integrations`]: { body: [await withLists()] } });
    const loadOptions = vi.fn(async (cursor?: string, search?: string) => ({ options: [{ label: `${cursor} ${search}`, value: "v" }], nextPageCursor: "3" }));
    const all = full(linchpin);
    all.setDataSources({ dropdowns: { teams: [{ label: "Sales", value: "sales" }] } });
    void all.connect("hubspot", {
      dropdowns: { people: { loadOptions, refreshOnOpen: true } },
      mapObjectFields: { Lead: { objectTypes: { get: async () => ({ options: [{ label: "Contact", value: "contact" }], nextPageCursor: null }) }, integrationFields: { get: async ({ objectType }) => ({ options: [{ label: objectType, value: "f" }], nextPageCursor: null }) } }, Deal: [{ label: "Amount", value: "amount" }] },
    });
    loadFrame();
    const { nextContext, nextModalState } = lastUpdate();
    const lists = nextModalState.config?.sharedMeta?.inputs?.map(({ customDropdownOptions, refreshOnOpen }) => [customDropdownOptions, refreshOnOpen]);
    expect(lists).toEqual([[[{ label: "Sales", value: "sales" }], undefined], [[], true], [undefined, undefined]]);
    expect(nextModalState.config?.workflowMeta?.[WORKFLOW]?.inputs[0]?.customDropdownOptions).toHaveLength(1);
    expect(nextContext.endUserIntegrationConfig).toEqual({ mapObjectFields: { Lead: { useBYOFieldMappingOption: true }, Deal: [{ label: "Amount", value: "amount" }] } });
    expect(await portalCalls("_loadCustomDropdownOptions", "people", "2", "an")).toMatchObject({ result: { options: [{ label: "2 an", value: "v" }], nextPageCursor: "3" } });
    expect(await portalCalls("_loadCustomDropdownOptions", "nothing")).toMatchObject({ error: true, code: "invalid_options" });
    expect(await portalCalls("_fetchBYOFieldMappingOptions", "hubspot", "integrationFields", "Lead", { objectType: "contact" })).toMatchObject({ result: { options: [{ label: "contact", value: "f" }] } });
  });

  it("are not swallowed by the slim entry", async () => {
    await signedIn();
    await expect(linchpin.connect("hubspot", { dropdowns: {} })).rejects.toMatchObject({ code: "invalid_options", message: expect.stringContaining("/full") });
    expect(document.querySelector("iframe")).toBeNull();
  });
});

it("a promise that nobody waits for raises no unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  await signedIn();
  linchpin.connect("nothing");
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

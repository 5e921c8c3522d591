// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "disableIframePageLoading": true, "handleDisabledFileLoadingAsSuccess": true } }
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Linchpin } from "../src/index.js";
import { BASE, credential, me, PROJECT, stubServer, token } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function signedIn(): Promise<Linchpin> {
  stubServer({ [`GET ${P}/me`]: { body: me([credential()]) } });
  const linchpin = new Linchpin({ baseUrl: BASE });
  await linchpin.authenticate(PROJECT, token());
  return linchpin;
}

/** A server that takes calls and never answers. */
function silence(): void {
  vi.stubGlobal("fetch", (_address: string, { signal }: RequestInit) => {
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  });
}

describe("a server that never answers", () => {
  it.each<[string, (linchpin: Linchpin, call: object) => Promise<unknown>]>([
    ["authenticate", (linchpin, call) => linchpin.authenticate("p2", token("bob"), call)],
    ["refresh", (linchpin) => linchpin.refresh()],
    ["event", (linchpin, call) => linchpin.event("X", {}, call)],
    ["request", (linchpin, call) => linchpin.request("hubspot", "/x", call)],
    ["workflow", (linchpin, call) => linchpin.workflow("wf-1", call)],
    ["enableWorkflow", (linchpin, call) => linchpin.enableWorkflow("wf-1", call)],
    ["updateIntegrationUserSettings", (linchpin, call) => linchpin.updateIntegrationUserSettings("hubspot", {}, call)],
    ["getFieldOptions", (linchpin, call) => linchpin.getFieldOptions({ integration: "hubspot", action: "owners", ...call })],
    ["setUserMetadata", (linchpin, call) => linchpin.setUserMetadata({}, call)],
    ["uninstallIntegration", (linchpin, call) => linchpin.uninstallIntegration("hubspot", call)],
  ])("keeps nobody waiting for ever: %s", async (_name, call) => {
    const linchpin = await signedIn();
    silence();
    const late = expect(call(linchpin, {})).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(200_000);
    await late;
  });

  it("is given up by a signal, also between two attempts of an event", async () => {
    const linchpin = await signedIn();
    silence();
    const first = new AbortController();
    const given = expect(linchpin.workflow("wf-1", { signal: first.signal })).rejects.toMatchObject({ code: "aborted" });
    first.abort();
    await given;
    await expect(linchpin.workflow("wf-1", { signal: first.signal })).rejects.toMatchObject({ code: "aborted" });
    const second = new AbortController();
    const event = expect(linchpin.event("X", {}, { signal: second.signal, timeoutMs: 100 })).rejects.toMatchObject({ code: "aborted" });
    await vi.advanceTimersByTimeAsync(300);
    second.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    await event;
  });

  it("has the limit that the page sets", async () => {
    const linchpin = await signedIn();
    linchpin.configure({ baseUrl: BASE, timeoutMs: 1_000 });
    silence();
    const late = expect(linchpin.refresh()).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining("1000 ms") });
    await vi.advanceTimersByTimeAsync(1_001);
    await late;
  });
});

describe("the page's function for the token", () => {
  it("that never answers ends authenticate", async () => {
    stubServer();
    const linchpin = new Linchpin({ baseUrl: BASE });
    const late = expect(linchpin.authenticate(PROJECT, () => new Promise<string>(() => {}))).rejects.toMatchObject({ code: "token_unavailable" });
    await vi.advanceTimersByTimeAsync(31_000);
    await late;
    expect(linchpin.getUser()).toEqual({ authenticated: false });
  });

  it("that fails says why", async () => {
    stubServer();
    const linchpin = new Linchpin({ baseUrl: BASE });
    const failing = linchpin.authenticate(PROJECT, () => Promise.reject(new Error("the backend is away")));
    await expect(failing).rejects.toMatchObject({ code: "token_unavailable", message: expect.stringContaining("the backend is away") });
  });

  it("beside a first token is asked only when that one ends", async () => {
    const { received } = stubServer();
    const linchpin = new Linchpin({ baseUrl: BASE });
    const getToken = vi.fn(() => token("ann", 3_600, { n: 2 }));
    const given = token("ann", 120, { n: 1 });
    await linchpin.authenticate(PROJECT, { token: given, getToken });
    expect(getToken).not.toHaveBeenCalled();
    expect(received[0]?.headers.Authorization).toBe(`Bearer ${given}`);
    await vi.advanceTimersByTimeAsync(100_000);
    await linchpin.refresh();
    expect(getToken).toHaveBeenCalledTimes(1);
  });

  it("that fails for a moment does not end a token that still holds", async () => {
    stubServer();
    const linchpin = new Linchpin({ baseUrl: BASE });
    const getToken = vi.fn(() => token("ann", 60));
    await linchpin.authenticate(PROJECT, getToken);
    await vi.advanceTimersByTimeAsync(40_000);
    getToken.mockImplementation(() => {
      throw new Error("away");
    });
    await expect(linchpin.refresh()).resolves.toMatchObject({ authenticated: true });
  });

  it("is not asked for each call where the user's clock is fast", async () => {
    stubServer();
    const linchpin = new Linchpin({ baseUrl: BASE });
    const twoHoursAgo = Math.floor(Date.now() / 1000) - 7_200;
    const getToken = vi.fn(() => token("ann", -3_600, { iat: twoHoursAgo }));
    await linchpin.authenticate(PROJECT, getToken);
    await linchpin.refresh();
    expect(getToken).toHaveBeenCalledTimes(1);
  });
});

describe("connect", () => {
  it.each(["connect", "installIntegration"] as const)("%s is given up by a signal", async (name) => {
    stubServer({ [`GET /v2${P}/actions/build-oauth`]: { body: { redirectUrl: "https://provider.example/authorize" } } });
    const linchpin = new Linchpin({ baseUrl: BASE });
    await linchpin.authenticate(PROJECT, token());
    const popup = { closed: false, close: vi.fn(), location: {} };
    window.open = () => popup as unknown as Window;
    const controller = new AbortController();
    const errors: string[] = [];
    const given = linchpin[name]("hubspot", { signal: controller.signal, onError: ({ code }) => errors.push(code) });
    const settled = expect(given).rejects.toMatchObject({ code: "aborted" });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await settled;
    await vi.advanceTimersByTimeAsync(10);
    expect(errors).toEqual(["aborted"]);
    if (name === "installIntegration") expect(popup.close).toHaveBeenCalled();
    await expect(linchpin.connect("hubspot", { signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
    linchpin.logout();
  });
});

describe("several instances", () => {
  it("have portals and windows of their own, and the page scrolls again after the last one", async () => {
    stubServer();
    const names: string[] = [];
    window.open = (_address, name) => (names.push(String(name)), { closed: false, close() {}, location: {} } as unknown as Window);
    const clients = [new Linchpin({ baseUrl: BASE }), new Linchpin({ baseUrl: BASE })];
    for (const client of clients) {
      await client.authenticate(PROJECT, token());
      void client.installIntegration("hubspot");
      void client.connect("hubspot");
    }
    expect(new Set(names).size).toBe(2);
    const frames = [...document.querySelectorAll("iframe")];
    expect(frames).toHaveLength(2);
    expect(document.querySelectorAll("#linchpin-connect-frame")).toHaveLength(1);
    // No page is loaded here: each frame gets a window to speak from.
    for (const frame of frames) Object.defineProperty(frame, "contentWindow", { value: { postMessage() {} } });
    const show = (frame: HTMLIFrameElement, isModalShown: boolean): void => {
      const data = { messageType: "SDK_FUNCTION_INVOCATION", type: "updateContainerStyle", parameters: [{ isModalShown }], id: "x" };
      const event = new MessageEvent("message", { data, origin: BASE });
      Object.defineProperty(event, "source", { value: frame.contentWindow });
      window.dispatchEvent(event);
    };
    document.body.style.overflow = "auto";
    for (const frame of frames) show(frame, true);
    expect(frames.map(({ style }) => style.display)).toEqual(["block", "block"]);
    expect(document.body.style.overflow).toBe("hidden");
    show(frames[0] as HTMLIFrameElement, false);
    expect(frames.map(({ style }) => style.display)).toEqual(["none", "block"]);
    expect(document.body.style.overflow).toBe("hidden");
    show(frames[1] as HTMLIFrameElement, false);
    expect(document.body.style.overflow).toBe("auto");
    for (const client of clients) client.logout();
    expect(document.querySelector("iframe")).toBeNull();
  });
});

it("tells views when the user's state is another, and only then", async () => {
  const linchpin = await signedIn();
  const users: unknown[] = [];
  linchpin.subscribe("onUserChange", ({ user }) => users.push(user));
  const before = linchpin.getUser();
  expect(linchpin.getUser()).toBe(before);
  await linchpin.refresh();
  linchpin.logout();
  expect(users).toHaveLength(2);
  expect(users.at(-1)).toEqual({ authenticated: false });
});

it("writes nothing into web storage", async () => {
  const linchpin = await signedIn();
  await linchpin.setUserMetadata({ a: 1 }).catch(() => {});
  expect([localStorage.length, sessionStorage.length, document.cookie]).toEqual([0, 0, ""]);
});

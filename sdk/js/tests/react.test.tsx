// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "disableIframePageLoading": true, "handleDisabledFileLoadingAsSuccess": true } }
import { act, type ReactNode, StrictMode, useEffect, useState } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Linchpin } from "../src/index.js";
import { ConnectButton, LinchpinProvider, useIntegration, useLinchpin, useLinchpinEvent } from "../src/react.js";
import { BASE, credential, me, PROJECT, stubServer, token } from "./server.js";

const P = `/projects/${PROJECT}/sdk`;
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

let client: Linchpin;
let place: HTMLElement;
let root: Root | undefined;
let complaints: string[];

beforeEach(() => {
  client = new Linchpin({ baseUrl: BASE });
  place = document.createElement("div");
  document.body.append(place);
  complaints = [];
  vi.spyOn(console, "error").mockImplementation((...all) => {
    // What happy-dom says of the frame that it does not load is none of React's.
    if (!String(all[0]).includes("iframe")) complaints.push(all.map(String).join(" "));
  });
});

afterEach(async () => {
  if (root) await act(async () => root?.unmount());
  root = undefined;
  client.logout();
  place.remove();
  vi.restoreAllMocks();
});

const settle = (): Promise<void> => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 5))));

async function show(node: ReactNode): Promise<void> {
  root ??= createRoot(place);
  await act(async () => root?.render(node));
  await settle();
}

function Status(): ReactNode {
  const { user, status, error } = useLinchpin();
  return <p id="status">{`${status} ${user.authenticated ? user.userId : "nobody"} ${error?.code ?? ""}`.trim()}</p>;
}
const status = (): string => place.querySelector("#status")?.textContent ?? "";
const button = (): HTMLButtonElement => place.querySelector("button") as HTMLButtonElement;

function App({ userId = "ann", children }: { userId?: string; children?: ReactNode }): ReactNode {
  return (
    <LinchpinProvider client={client} projectId={PROJECT} userId={userId} getToken={() => token(userId)}>
      <Status />
      {children}
    </LinchpinProvider>
  );
}

describe("LinchpinProvider", () => {
  it("authenticates once, in strict mode too", async () => {
    const { received } = stubServer();
    await show(<StrictMode><App /></StrictMode>);
    expect(status()).toBe("ready ann");
    expect(received.filter(({ path }) => path === `${P}/me`)).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it("does not authenticate again when its parent renders, and takes the newest function", async () => {
    const { received } = stubServer();
    let rerender: (n: number) => void = () => {};
    const asked: number[] = [];
    function Parent(): ReactNode {
      const [n, set] = useState(0);
      rerender = set;
      const getToken = (): string => (asked.push(n), token("ann", n === 0 ? 1 : 3_600, { iat: Math.floor(Date.now() / 1000) }));
      return <LinchpinProvider client={client} projectId={PROJECT} getToken={getToken}><Status /></LinchpinProvider>;
    }
    await show(<Parent />);
    await act(async () => rerender(1));
    await act(async () => rerender(2));
    const before = received.length;
    expect(received.filter(({ path }) => path === `${P}/integrations`)).toHaveLength(1);
    // The first token has nearly ended: the next call fetches one by the function that is there now.
    await act(async () => void (await client.refresh()));
    expect(received.length).toBeGreaterThan(before);
    expect(asked[0]).toBe(0);
    expect(asked.at(-1)).toBe(2);
  });

  it("ends the former user's session at once when another signs in", async () => {
    stubServer();
    const seen: string[] = [];
    function Spy(): ReactNode {
      const { user } = useLinchpin();
      useEffect(() => void seen.push(user.authenticated ? user.userId : "nobody"), [user]);
      return null;
    }
    await show(<App><Spy /></App>);
    await show(<App userId="bob"><Spy /></App>);
    expect(status()).toBe("ready bob");
    expect(seen.filter((name, i) => name !== seen[i - 1])).toEqual(["nobody", "ann", "nobody", "bob"]);
  });

  it("goes on with a session that the page began before it", async () => {
    stubServer();
    await client.authenticate(PROJECT, token());
    const ended = vi.fn();
    client.subscribe("onLogout", ended);
    await show(<StrictMode><App /></StrictMode>);
    expect(status()).toBe("ready ann");
    expect(ended).not.toHaveBeenCalled();
  });

  it("ends the session when it goes", async () => {
    stubServer();
    await show(<App />);
    await show(null);
    expect(client.getUser().authenticated).toBe(false);
  });

  it("says why there is no session, and tries again", async () => {
    const { routes } = stubServer({ [`GET ${P}/me`]: { status: 503, body: { message: "down", code: "unavailable" } } });
    let retry: () => void = () => {};
    function Retry(): ReactNode {
      ({ retry } = useLinchpin());
      return null;
    }
    await show(<StrictMode><App><Retry /></App></StrictMode>);
    expect(status()).toBe("error nobody unavailable");
    routes[`GET ${P}/me`] = { body: me() };
    await act(async () => retry());
    await settle();
    expect(status()).toBe("ready ann");
  });

  it("tells when the session ends meanwhile", async () => {
    stubServer();
    await show(<App />);
    await act(async () => client.logout());
    expect(status()).toBe("error nobody logged_out");
  });

  it("takes a token of the page, and says what is missing", async () => {
    stubServer();
    await show(<LinchpinProvider client={client} projectId={PROJECT} token={token("cem")}><Status /></LinchpinProvider>);
    expect(status()).toBe("ready cem");
    await show(<LinchpinProvider client={client} projectId={PROJECT}><Status /></LinchpinProvider>);
    await settle();
    expect(status()).toBe("error nobody token_unavailable");
  });
});

describe("on a server", () => {
  const page = (
    <StrictMode>
      <App><ConnectButton integration="hubspot" /></App>
    </StrictMode>
  );

  it("renders without a window, a request or a session", () => {
    const { received } = stubServer();
    const { window: here, document: there } = globalThis;
    Object.assign(globalThis, { window: undefined, document: undefined });
    try {
      const html = renderToString(page);
      expect(html).toContain("loading nobody");
      expect(html).toMatch(/<button[^>]* disabled=""[^>]*>Connect<\/button>/);
    } finally {
      Object.assign(globalThis, { window: here, document: there });
    }
    expect(received).toEqual([]);
  });

  it("gives what the browser takes over without a complaint, also for a user who is signed in there", async () => {
    stubServer({ [`GET ${P}/me`]: { body: me([credential()]) } });
    place.innerHTML = renderToString(page);
    await client.authenticate(PROJECT, token());
    await act(async () => void (root = hydrateRoot(place, page)));
    await settle();
    expect(complaints).toEqual([]);
    expect(status()).toBe("ready ann");
    expect(button().textContent).toBe("Manage HubSpot");
  });
});

describe("ConnectButton", () => {
  it.each([
    ["nothing", [], "Connect HubSpot", "disconnected"],
    ["an account", [credential()], "Manage HubSpot", "connected"],
    ["an account that ended", [credential("INVALID")], "Reconnect HubSpot", "reconnect"],
    ["an account that lacks something", [credential("PENDING")], "Finish connecting HubSpot", "pending"],
  ])("with %s", async (_what, credentials, label, state) => {
    stubServer({ [`GET ${P}/me`]: { body: me(credentials) } });
    await show(<StrictMode><App><ConnectButton integration="hubspot" className="mine" /></App></StrictMode>);
    expect(button().textContent).toBe(label);
    expect(button().dataset.status).toBe(state);
    expect(button().className).toBe("mine");
    expect(button().disabled).toBe(false);
  });

  it("says why it cannot be used", async () => {
    stubServer();
    await show(<App><ConnectButton integration="nothing" /></App>);
    expect([button().disabled, button().title]).toEqual([true, '"nothing" is not available']);
  });

  it("opens the portal, and takes a closed portal for no failure", async () => {
    stubServer();
    const onError = vi.fn();
    await show(<App><ConnectButton integration="hubspot" onError={onError}>{({ connecting }) => (connecting ? "Busy" : "Go")}</ConnectButton></App>);
    await act(async () => button().click());
    expect(document.querySelector("iframe")).not.toBeNull();
    expect([button().textContent, button().disabled, button().getAttribute("aria-busy")]).toEqual(["Busy", true, "true"]);
    await act(async () => client.closePortal());
    await settle();
    expect(button().textContent).toBe("Go");
    expect(onError).not.toHaveBeenCalled();
  });

  it("opens the provider's window in the click, and tells a blocked one without an unhandled rejection", async () => {
    stubServer();
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    const onError = vi.fn();
    function Trouble(): ReactNode {
      const { error, install } = useIntegration("hubspot");
      return <a onClick={() => void install()}>{error?.code}</a>;
    }
    await show(<App><ConnectButton integration="hubspot" direct onError={onError} /><Trouble /></App>);
    let opened = 0;
    window.open = () => (opened++, null);
    await act(async () => {
      button().click();
      expect(opened).toBe(1);
    });
    await settle();
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: "popup_blocked" }));
    await act(async () => place.querySelector("a")?.click());
    await settle();
    expect(place.querySelector("a")?.textContent).toBe("popup_blocked");
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });
});

describe("hooks", () => {
  it("follow what happens to the account", async () => {
    const { routes } = stubServer({ [`GET ${P}/me`]: { body: me([credential()]) }, [`DELETE ${P}/integrations/int-1`]: {} });
    const events: string[] = [];
    function Account(): ReactNode {
      const { status, credentials, disconnect } = useIntegration("hubspot");
      useLinchpinEvent("onIntegrationUninstall", ({ integrationType }) => events.push(integrationType));
      return <button type="button" onClick={() => void disconnect()}>{`${status} ${credentials.length}`}</button>;
    }
    await show(<StrictMode><App><Account /></App></StrictMode>);
    expect(button().textContent).toBe("connected 1");
    routes[`GET ${P}/me`] = { body: me() };
    await act(async () => button().click());
    await settle();
    expect(button().textContent).toBe("disconnected 0");
    expect(events).toEqual(["hubspot"]);
  });

  it("say where they belong", () => {
    expect(() => renderToString(<Status />)).toThrow("inside a LinchpinProvider");
  });
});

/** Providers that are connected in several ways, and what is asked before and afterwards. */
import { act, configure, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { UiUpdate } from "../../../sdk/js/src/protocol";
import { Portal } from "./Portal";
import { credential, HostPage, hubspot, snapshot } from "./stand";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

let host: HostPage;

beforeEach(() => {
  host = new HostPage();
  render(<Portal page={host.page} />);
});

const show = (update: UiUpdate): void => act(() => host.send(update));
const button = (name: string): HTMLElement => screen.getByRole("button", { name });

const queue = { id: "queue", title: "Queue", type: "TEXT_NO_VARS" };
const several = hubspot({
  needPreOauthInputs: true,
  sdkIntegrationConfig: {
    accountTypes: [
      { id: "default", scheme: "oauth", accountDescription: "Sign in", endUserSuppliedValues: [] },
      {
        id: "key",
        scheme: "basic",
        accountDescription: "Use a key",
        endUserSuppliedValues: [{ id: "key", title: "Key", type: "PASSWORD" }],
      },
      {
        id: "own",
        scheme: "oauth",
        accountDescription: "Your own app",
        endUserSuppliedValues: [{ id: "clientId", title: "Client ID", type: "TEXT_NO_VARS" }],
      },
    ],
    laterInputs: { key: [queue] },
  },
});
const later = (status: "PENDING" | "INVALID" | "VALID") => ({ ...credential(status), accountType: "key" });

describe("several ways to connect", () => {
  it("are chosen from, and each asks what it needs", async () => {
    show(snapshot(undefined, { integration: several }));
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("startOAuthFlow")).toEqual([["hubspot", { accountType: "default" }]]);
    await userEvent.click(button("Cancel"));
    await userEvent.click(screen.getByRole("radio", { name: "Use a key" }));
    await userEvent.type(screen.getByLabelText("Key"), "secret");
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("_oauthCallback")).toEqual([
      [
        { integrationId: "int-1", payload: { key: "secret" } },
        undefined,
        { installOptions: { accountType: "key" } },
      ],
    ]);
  });

  it("are those that the page offers; one is no choice", () => {
    const offer = (accountType: string | string[]): void =>
      show(snapshot(undefined, { integration: several, apiInstallationOptions: { accountType } }));
    offer(["default", "own"]);
    expect(screen.getAllByRole("radio")).toHaveLength(2);
    offer("key");
    expect(screen.queryAllByRole("radio")).toHaveLength(0);
    expect(screen.getByLabelText("Key")).toBeTruthy();
  });

  it("tell the known SDK that something was asked, which opens no window otherwise", async () => {
    show(snapshot(undefined, { integration: several }));
    await userEvent.click(screen.getByRole("radio", { name: "Your own app" }));
    await userEvent.type(screen.getByLabelText("Client ID"), "c-1");
    await userEvent.click(button("Connect HubSpot"));
    const told = host.calls
      .filter(({ type }) => type === "setHeadless" || type === "startOAuthFlow")
      .map(({ type, parameters }) => [type, ...parameters]);
    const options = { endUserSuppliedValues: { clientId: "c-1" }, accountType: "own" };
    expect(told).toEqual([
      ["setHeadless", true],
      ["startOAuthFlow", "hubspot", options],
      ["setHeadless", false],
    ]);
    // Opened again for the same.
    await userEvent.click(button("Open it again"));
    expect(host.called("startOAuthFlow")).toEqual([
      ["hubspot", options],
      ["hubspot", options],
    ]);
    show({ ...snapshot(undefined, { integration: several }), protocolVersion: 1 });
    await userEvent.click(button("Open it again"));
    expect(host.called("setHeadless")).toHaveLength(4);
  });

  it("begin with the one that an account was connected in", async () => {
    show(snapshot(later("INVALID"), { integration: several }));
    await userEvent.click(button("Reconnect HubSpot"));
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Use a key" }).checked).toBe(true);
    await userEvent.type(screen.getByLabelText("Key"), "new");
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("_oauthCallback")[0]?.[2]).toEqual({
      installOptions: { selectedCredentialId: "cred-1", accountType: "key" },
    });
  });

  it("connect a further account, which is shown then", async () => {
    const apiInstallationOptions = { allowMultipleCredentials: true };
    const first = credential();
    show(snapshot(first, { integration: several, apiInstallationOptions }));
    await userEvent.click(button("Connect another HubSpot account"));
    await userEvent.click(screen.getByRole("radio", { name: "Use a key" }));
    await userEvent.type(screen.getByLabelText("Key"), "second");
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("_oauthCallback")[0]?.[2]).toEqual({
      installOptions: { allowMultipleCredentials: true, accountType: "key" },
    });
    const both = snapshot(first, { integration: several, apiInstallationOptions });
    const { user } = both.nextContext;
    if (!user.authenticated || !user.integrations.hubspot) throw new Error("a user is signed in");
    user.integrations.hubspot.allCredentials.push({ ...credential(), id: "cred-2", externalId: "second" });
    show(both);
    expect(screen.getByRole("tab", { name: "Configuration", selected: true })).toBeTruthy();
    expect(screen.getAllByRole<HTMLInputElement>("radio")[1]?.checked).toBe(true);
  });
});

describe("what is asked afterwards", () => {
  it("depends on the way, and finishes the account", async () => {
    show(snapshot(later("PENDING"), { integration: several }));
    await userEvent.type(screen.getByLabelText("Queue"), "support");
    await userEvent.click(button("Finish"));
    expect(host.called("_oauthCallback")).toEqual([
      [{ integrationId: "int-1", payload: { queue: "support" } }, "cred-1", { installOptions: {} }],
    ]);
  });

  it("makes the portal appear in an installation that needs no portal else", () => {
    const integration = hubspot({ sdkIntegrationConfig: { postOauthInputs: [queue] } });
    const install = (more: object): void =>
      show(
        snapshot(credential("PENDING"), {
          integration,
          apiInstallationOptions: { isApiInstallation: true, ...more },
        }),
      );
    install({ bypassPostOAuthPrompt: true });
    expect(screen.queryByRole("dialog")).toBeNull();
    install({});
    expect(screen.getByLabelText("Queue")).toBeTruthy();
  });
});

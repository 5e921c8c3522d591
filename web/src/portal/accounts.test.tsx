/** Several accounts and configurations, trouble with them, languages, and what was done. */
import { act, configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "../../../sdk/js/src/model";
import type { ModalState, UiUpdate } from "../../../sdk/js/src/protocol";
import { Portal } from "./Portal";
import { config, credential, HostPage, hubspot, snapshot } from "./stand";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

let host: HostPage;

function show(accounts: Credential[], modal: Partial<ModalState> = {}): void {
  const update = snapshot(accounts[0], modal);
  const { user } = update.nextContext;
  if (user.authenticated && user.integrations.hubspot) user.integrations.hubspot.allCredentials = accounts;
  act(() => host.send(structuredClone(update) as UiUpdate));
}

const second = (): Credential => ({
  ...credential(),
  id: "cred-2",
  providerData: { label: "Second GmbH" },
  configurations: credential().configurations.map((each) => ({
    ...each,
    id: "conf-2",
    connectCredentialId: "cred-2",
  })),
});

beforeEach(() => {
  vi.spyOn(window, "focus").mockImplementation(() => {});
  host = new HostPage();
  render(<Portal page={host.page} />);
});

describe("several accounts", () => {
  it("are chosen between, and what is switched is switched for the one that is shown", async () => {
    show([credential(), second()]);
    await userEvent.click(screen.getByRole("radio", { name: /Second GmbH/ }));
    await userEvent.click(screen.getByRole("switch", { name: "Sync contacts" }));
    expect(host.called("enableWorkflow")).toEqual([
      ["wf-1", { selectedCredentialId: "cred-2", selectedConfigurationId: "conf-2" }],
    ]);
  });

  it("can become more, and the new one is shown", async () => {
    show([credential()], { apiInstallationOptions: { allowMultipleCredentials: true } });
    await userEvent.click(screen.getByRole("button", { name: "Connect another HubSpot account" }));
    expect(host.called("startOAuthFlow")).toEqual([["hubspot", { allowMultipleCredentials: true }]]);
    expect(screen.getByText("Waiting for HubSpot…")).toBeTruthy();
    show([credential(), second()], { apiInstallationOptions: { allowMultipleCredentials: true } });
    expect((screen.getByRole("radio", { name: /Second GmbH/ }) as HTMLInputElement).checked).toBe(true);
    expect(screen.queryByText("Waiting for HubSpot…")).toBeNull();
  });
});

describe("several configurations", () => {
  it("are chosen between", async () => {
    const account = credential();
    const [first] = account.configurations;
    if (first)
      account.configurations.push({ ...first, id: "conf-b", isDefault: false, externalId: "Berlin" });
    show([account]);
    if (first) account.configurations.push({ ...first, id: "conf-c", isDefault: false });
    show([account]);
    const names = within(screen.getByLabelText("Configuration set")).getAllByRole("option");
    // One without a name of its own is numbered: nobody knows it by its id.
    expect(names.map((each) => each.textContent)).toEqual(["Default", "Berlin", "Set 3"]);
    await userEvent.selectOptions(screen.getByLabelText("Configuration set"), "Berlin");
    await userEvent.click(screen.getByRole("switch", { name: "Sync contacts" }));
    expect(host.called("enableWorkflow").at(-1)).toEqual([
      "wf-1",
      { selectedCredentialId: "cred-1", selectedConfigurationId: "conf-b" },
    ]);
  });
});

describe("a page that shows one alone", () => {
  it("offers no other account", () => {
    show([credential(), second()], { selectedCredentialId: "cred-2" });
    expect(screen.queryByRole("radio")).toBeNull();
    expect(screen.getByText("Second GmbH")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Connect another HubSpot account" })).toBeNull();
  });

  it("offers no other configuration, and changes the one that it shows", async () => {
    const account = credential();
    const [first] = account.configurations;
    if (first) account.configurations.push({ ...first, id: "conf-b", isDefault: false });
    show([account], { apiInstallationOptions: { selectedConfigurationId: "conf-b" } });
    expect(screen.queryByLabelText("Configuration set")).toBeNull();
    await userEvent.click(screen.getByRole("switch", { name: "Sync contacts" }));
    expect(host.called("enableWorkflow").at(-1)).toEqual([
      "wf-1",
      { selectedCredentialId: "cred-1", selectedConfigurationId: "conf-b" },
    ]);
  });
});

describe("an account that is not finished", () => {
  it("is asked for what is missing", async () => {
    const integration = hubspot({
      sdkIntegrationConfig: { postOauthInputs: [{ id: "region", title: "Region", type: "TEXT_NO_VARS" }] },
    });
    show([credential("PENDING")], { integration });
    expect(screen.getByRole("alert").textContent).toMatch(/needs one more thing/);
    await userEvent.type(screen.getByLabelText("Region"), "eu");
    await userEvent.click(screen.getByRole("button", { name: "Finish" }));
    expect(host.called("_oauthCallback")).toEqual([
      [{ integrationId: "int-1", payload: { region: "eu" } }, "cred-1", { installOptions: {} }],
    ]);
  });
});

describe("scopes that were not granted", () => {
  const scopes = { "contacts.read": "Read contacts", "contacts.write": "Change contacts" };
  const workflowMeta = {
    ...config.workflowMeta,
    "wf-1": {
      ...config.workflowMeta["wf-1"],
      requiredScopes: ["contacts.read", "contacts.write", "never.asked"],
    },
  };
  const modal = {
    integration: hubspot({ sdkIntegrationConfig: { scopes } }),
    config: { ...config, workflowMeta },
  };

  it("are shown before anything fails, with a button that asks for them", async () => {
    show([{ ...credential(), scopes: ["contacts.read"] }], modal);
    const notice = screen.getByRole("alert");
    expect(notice.textContent).toMatch(/“Sync contacts” cannot work yet/);
    expect(
      within(notice)
        .getAllByRole("listitem")
        .map((each) => each.textContent),
    ).toEqual(["Change contacts"]);
    await userEvent.click(screen.getByRole("button", { name: "Grant access" }));
    expect(host.called("startOAuthFlow")).toEqual([["hubspot", { selectedCredentialId: "cred-1" }]]);
    show([{ ...credential(), scopes: Object.keys(scopes) }], modal);
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.queryByText("Waiting for HubSpot…")).toBeNull();
  });

  it("are not guessed where nobody knows them", () => {
    show([credential()], modal);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("what was done", () => {
  it("is told in sentences, page by page", async () => {
    const entry = (id: string, action: string, outcome = "done", reason?: string) => ({
      id,
      at: new Date(Date.now() - 120_000).toISOString(),
      action,
      title: `The connector's ${action}`,
      subject: "ann@acme.example",
      workflow: "Sync contacts",
      outcome,
      reason,
    });
    host.answers.sendConnectRequest = (path: string) =>
      path.includes("before=7")
        ? { items: [entry("3", "invoices.pay")], nextCursor: null }
        : {
            items: [
              entry("1", "contacts.create"),
              entry("2", "contacts.search", "failed", "HubSpot said no"),
            ],
            nextCursor: "7",
          };
    show([credential()]);
    await userEvent.click(screen.getByRole("tab", { name: "Activity" }));
    expect(await screen.findByText("Created a contact: ann@acme.example")).toBeTruthy();
    expect(screen.getByText("Could not look for contacts: ann@acme.example")).toBeTruthy();
    expect(screen.getByText("HubSpot said no.")).toBeTruthy();
    expect(screen.getAllByText(/for “Sync contacts”/)[0]?.textContent).toBe(
      "2 minutes ago · for “Sync contacts”",
    );
    await userEvent.click(screen.getByRole("button", { name: "Show more" }));
    expect(await screen.findByText("The connector's invoices.pay: ann@acme.example")).toBeTruthy();
    expect(host.called("sendConnectRequest")[0]).toEqual([
      "/sdk/activity?integration=hubspot&credential=cred-1",
      { method: "GET" },
    ]);
  });

  it("says requests in words where their path says what they are about", async () => {
    const titles = [
      ["GET /crm/v3/objects/contacts", "Read contacts"],
      ["GET /crm/v3/objects/contacts/123", "Read a contact"],
      ["POST /crm/v3/objects/companies/search", "Looked for companies"],
      ["POST /crm/v3/objects/deals", "Created a deal"],
      ["PATCH /crm/v3/objects/deals/7", "Changed a deal"],
      ["DELETE /crm/v3/objects/tickets/7", "Deleted a ticket"],
      ["POST /crm/v3/objects/companies/batch/read", "Read companies"],
      ["POST /crm/v3/objects/contacts/batch/archive", "Deleted contacts"],
      ["PUT /crm/v4/objects/contacts/1/associations/companies/2", "Created a link between records"],
      ["POST /crm/v3/properties/contacts", "Created a field"],
      ["GET /crm/v3/properties/companies", "Read fields"],
      ["POST /crm/v3/objects/contacts/merge", "Sent a request to HubSpot"],
      ["GET /account-info/details", "Read something in HubSpot"],
    ] as const;
    host.answers.sendConnectRequest = () => ({
      items: titles.map(([title], id) => ({
        id,
        at: new Date().toISOString(),
        action: "",
        title,
        by: "request",
        outcome: "done",
      })),
      nextCursor: null,
    });
    show([credential()]);
    await userEvent.click(screen.getByRole("tab", { name: "Activity" }));
    for (const [title, words] of titles) {
      expect(await screen.findByText(words)).toBeTruthy();
      expect(
        screen.getAllByText(
          (_, element) =>
            element?.className === "muted hint" &&
            element.textContent.endsWith(` · by the application · ${title}`),
        ),
      ).toHaveLength(1);
    }
  });

  it("says why a request was refused", async () => {
    const reasons = [
      [404, "HubSpot has no such thing."],
      [403, "HubSpot did not allow it."],
      [429, "HubSpot had too many requests at that moment."],
      [502, "HubSpot had a fault of its own."],
      [400, "HubSpot did not accept it."],
      [undefined, "The property `nick` does not exist."],
    ] as const;
    host.answers.sendConnectRequest = () => ({
      items: reasons.map(([status], id) => ({
        id,
        at: new Date().toISOString(),
        action: "contacts.create",
        outcome: "failed",
        reason: status === undefined ? "the property `nick` does not exist" : `answer ${status}`,
        status,
      })),
      nextCursor: null,
    });
    show([credential()]);
    await userEvent.click(screen.getByRole("tab", { name: "Activity" }));
    for (const [, words] of reasons) expect(await screen.findByText(words)).toBeTruthy();
  });

  it("says so when there is nothing, and when it cannot be read", async () => {
    let fails = true;
    host.answers.sendConnectRequest = () => {
      if (fails) throw new Error("the server is away");
      return { items: [], nextCursor: null };
    };
    show([credential()]);
    await userEvent.click(screen.getByRole("tab", { name: "Activity" }));
    expect((await screen.findByRole("alert")).textContent).toMatch(/The server is away\./);
    fails = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Nothing was read or written yet.")).toBeTruthy();
  });
});

describe("the language", () => {
  it("is the one the page asks for, and the document says it", () => {
    show([], { language: "de-AT" });
    expect(screen.getByRole("button", { name: "HubSpot verbinden" })).toBeTruthy();
    expect(document.documentElement.lang).toBe("de");
  });

  it("is the browser's where the page says nothing, and English where neither is known", () => {
    const languages = vi.spyOn(navigator, "languages", "get").mockReturnValue(["fr", "de"]);
    show([]);
    expect(screen.getByRole("button", { name: "HubSpot verbinden" })).toBeTruthy();
    languages.mockReturnValue(["fr"]);
    show([], { description: "x" } as Partial<ModalState>);
    expect(screen.getByRole("button", { name: "Connect HubSpot" })).toBeTruthy();
  });
});

describe("a browser without windows", () => {
  it("is offered to go on in the tab, at an address of our own only", async () => {
    host.answers.startOAuthFlow = () => {
      throw new Error("OAuth popup was blocked");
    };
    let url = "https://evil.example/connect/x";
    host.answers.sendConnectRequest = () => ({ url });
    show([]);
    await userEvent.click(screen.getByRole("button", { name: "Connect HubSpot" }));
    await screen.findByRole("alert");
    await waitFor(() => expect(host.called("sendConnectRequest")).toHaveLength(1));
    expect(screen.queryByRole("link")).toBeNull();
    url = `${window.location.origin}/connect/secret`;
    await userEvent.click(screen.getByRole("button", { name: "Connect HubSpot" }));
    const link = await screen.findByRole("link", { name: "Continue to HubSpot in this tab" });
    expect(link.getAttribute("href")).toBe(url);
    expect(link.getAttribute("target")).toBe("_top");
  });
});

describe("the brand", () => {
  it("is the host's alone, unless the project says otherwise", () => {
    show([credential()]);
    expect(screen.queryByText("Powered by Linchpin")).toBeNull();
    show([credential()], { config: { ...config, paragonLink: true } });
    expect(screen.getByText("Powered by Linchpin")).toBeTruthy();
  });
});

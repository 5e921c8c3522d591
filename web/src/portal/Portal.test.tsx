import { act, configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectionError, UiUpdate } from "../../../sdk/js/src/protocol";
import { Portal } from "./Portal";
import { config, credential, HostPage, hubspot, snapshot } from "./stand";
import { viewOf } from "./view";

// A loaded machine types slowly.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

let host: HostPage;
const show = (update: UiUpdate): void => act(() => host.send(structuredClone(update)));
const button = (name: string | RegExp): HTMLElement => screen.getByRole("button", { name });

beforeEach(() => {
  // jsdom has no windows to choose from.
  vi.spyOn(window, "focus").mockImplementation(() => {});
  host = new HostPage();
  render(<Portal page={host.page} />);
});

describe("the portal", () => {
  it("shows nothing, and says nothing, until an integration is selected", () => {
    show(snapshot(undefined, { integration: null }));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(host.calls).toEqual([]);
  });

  it("makes itself visible once, then says that it is open", () => {
    show(snapshot());
    show(snapshot());
    expect(host.calls.map(({ type, parameters }) => [type, ...parameters])).toEqual([
      ["updateContainerStyle", { isModalShown: true }],
      ["onOpen"],
    ]);
  });

  it.each([
    ["its button", () => userEvent.click(button("Close"))],
    ["Esc", () => userEvent.keyboard("{Escape}")],
    ["a press beside it", () => userEvent.click(document.querySelector(".backdrop") ?? document.body)],
  ])("closes by %s", async (_how, close) => {
    show(snapshot());
    await close();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(host.called("onClose")).toEqual([[true]]);
    expect(host.called("updateContainerStyle").at(-1)).toEqual([{ isModalShown: false }]);
    // A snapshot that was under way does not bring it back; the next opening does.
    show(snapshot());
    expect(screen.queryByRole("dialog")).toBeNull();
    show(snapshot(undefined, { integration: null }));
    show(snapshot());
    expect(screen.getByRole("dialog", { name: "HubSpot" })).toBeTruthy();
  });

  it("offers what the customer's account has, page by page, and says what could not be read", async () => {
    const questions: unknown[] = [];
    let fails = true;
    host.answers.getFieldOptions = (question: { cursor: string | null }) => {
      questions.push(question);
      if (fails) throw new Error("HubSpot did not answer");
      const [id, name, next] = question.cursor === "2" ? ["3", "Cem", null] : ["1", "Ann", "2"];
      return { data: [{ value: id, label: name, subtitle: `${name}@acme.example` }], nextPageCursor: next };
    };
    host.answers.updateIntegrationUserSettings = () => ({ errors: [] });
    const input = {
      id: "owner",
      title: "Owner",
      type: "DYNAMIC_ENUM",
      sourceType: "owners",
      required: false,
    };
    const source = { type: "DYNAMIC_DATA_SOURCE", cacheKey: "owners", refreshDependencies: [] };
    const integration = hubspot({ sdkIntegrationConfig: { dataSources: { owners: source } } });
    show(snapshot(credential(), { integration, config: { ...config, sharedMeta: { inputs: [input] } } }));
    expect((await screen.findByText(/HubSpot did not answer/)).textContent).toContain("Try again");
    fails = false;
    await userEvent.click(button("Try again"));
    const owner = screen.getByRole("combobox", { name: "Owner" });
    await userEvent.click(owner);
    expect((await screen.findByRole("option", { name: /Ann/ })).textContent).toBe("AnnAnn@acme.example");
    await userEvent.click(button("Show more"));
    await userEvent.click(await screen.findByRole("option", { name: /Cem/ }));
    expect(questions.at(-1)).toEqual({
      integration: "hubspot",
      action: "owners",
      cursor: "2",
      parameters: [],
      selectedCredentialId: "cred-1",
    });
    expect((owner as HTMLInputElement).value).toBe("Cem");
    await waitFor(() =>
      expect(host.called("updateIntegrationUserSettings").at(-1)?.slice(0, 2)).toEqual([
        "hubspot",
        { owner: "3" },
      ]),
    );
  });

  it("hides when the page takes the integration away", () => {
    show(snapshot());
    show(snapshot(undefined, { integration: null }));
    expect(host.called("updateContainerStyle").at(-1)).toEqual([{ isModalShown: false }]);
  });

  it("stays hidden for an installation that needs no input, and shows itself after it when asked to", () => {
    const apiInstallationOptions = { isApiInstallation: true, showPortalAfterInstall: true };
    show(snapshot(undefined, { apiInstallationOptions }));
    expect(screen.queryByRole("dialog")).toBeNull();
    show(snapshot(credential(), { apiInstallationOptions }));
    expect(screen.getByRole("tab", { name: "Configuration", selected: true })).toBeTruthy();
  });

  it("keeps the focus within", async () => {
    show(snapshot());
    const dialog = screen.getByRole("dialog");
    expect(document.activeElement).toBe(dialog);
    for (let count = 0; count < 6; count += 1) {
      await userEvent.tab({ shift: count % 2 === 1 });
      expect(dialog.contains(document.activeElement)).toBe(true);
    }
  });

  it("takes the host's theme and accent colour, and nothing that is no colour", () => {
    show(snapshot(undefined, { config: { ...config, theme: "dark", accentColor: "#ff7a59" } }));
    const { dataset, style } = document.documentElement;
    expect(dataset.theme).toBe("dark");
    expect(style.getPropertyValue("--accent")).toBe("#ff7a59");
    expect(style.getPropertyValue("--on-accent")).toBe("#111418");
    show(
      snapshot(undefined, {
        config: { ...config, accentColor: "red; background: url(https://evil.example)" },
      }),
    );
    expect(style.getPropertyValue("--accent")).toBe("");
  });
});

describe("connecting", () => {
  it("starts with a click, waits, and goes on to the configuration", async () => {
    show(snapshot());
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("startOAuthFlow")).toEqual([["hubspot", {}]]);
    expect(screen.getByText("Waiting for HubSpot…")).toBeTruthy();
    await userEvent.click(button("Open it again"));
    expect(host.called("startOAuthFlow")).toHaveLength(2);
    show(snapshot(undefined, { oauthWindow: "closed" }));
    expect(screen.getByText(/The HubSpot window was closed/)).toBeTruthy();
    show(snapshot(credential()));
    expect(screen.getByRole("tab", { name: "Configuration", selected: true })).toBeTruthy();
    expect(screen.getByText("Acme GmbH · 1234567")).toBeTruthy();
    expect(screen.queryByText("Waiting for HubSpot…")).toBeNull();
  });

  it("names the account in the connector's words where the server has them", () => {
    show(snapshot({ ...credential(), providerData: { label: "HubSpot account 7", portalId: 7 } }));
    expect(screen.getByText("HubSpot account 7")).toBeTruthy();
  });

  it("can be given up", async () => {
    show(snapshot());
    await userEvent.click(button("Connect HubSpot"));
    await userEvent.click(button("Cancel"));
    expect(button("Connect HubSpot")).toBeTruthy();
  });

  it("says what to do when the window is blocked", async () => {
    host.answers.startOAuthFlow = () => {
      throw new Error("OAuth popup was blocked");
    };
    show(snapshot());
    await userEvent.click(button("Connect HubSpot"));
    expect((await screen.findByRole("alert")).textContent).toMatch(/Allow pop-ups for this page/);
    expect(button("Connect HubSpot")).toBeTruthy();
  });

  it.each<[string, ConnectionError, RegExp]>([
    [
      "a refusal",
      { error: "access_denied", errorResponse: { message: "no", code: "oauth_denied" } },
      /Access to HubSpot was not given/,
    ],
    ["a window closed early", { code: "oauth_timeout", message: "x" }, /closed before access was given/],
    [
      "the server's own words",
      { message: '{"message":"The app has no client id"}' },
      /The app has no client id/,
    ],
    ["nothing it knows", { integrationId: "int-1" }, /could not be connected\. Try again/],
  ])("explains %s, each time anew", async (_what, connectionError, words) => {
    show(snapshot());
    for (let time = 0; time < 2; time += 1) {
      await userEvent.click(button("Connect HubSpot"));
      expect(screen.queryByRole("alert")).toBeNull();
      show(snapshot(undefined, { connectionError: undefined }));
      show(snapshot(undefined, { connectionError }));
      expect(screen.getByRole("alert").textContent).toMatch(words);
    }
  });

  it("asks to reconnect on top, and keeps the account's id", async () => {
    show(snapshot(credential("INVALID")));
    expect(screen.getByRole("alert").textContent).toMatch(/no longer accepts this connection/);
    await userEvent.click(button("Reconnect HubSpot"));
    expect(host.called("startOAuthFlow")).toEqual([["hubspot", { selectedCredentialId: "cred-1" }]]);
    show(snapshot(credential()));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("by a form, where there is no consent page", async () => {
    const inputs = [{ id: "key", title: "API key", type: "PASSWORD" }];
    const integration = hubspot({
      authenticationType: "basic",
      needPreOauthInputs: true,
      sdkIntegrationConfig: { authConfigInputs: inputs },
    });
    show(snapshot(undefined, { integration }));
    await userEvent.click(button("Connect HubSpot"));
    expect(screen.getByText("API key is needed.")).toBeTruthy();
    expect(host.called("_oauthCallback")).toEqual([]);
    await userEvent.type(screen.getByLabelText("API key"), "secret");
    await userEvent.click(button("Connect HubSpot"));
    expect(host.called("_oauthCallback")).toEqual([
      [{ integrationId: "int-1", payload: { key: "secret" } }, undefined, { installOptions: {} }],
    ]);
  });
});

describe("the configuration", () => {
  const off = { enabled: false, settings: {} };

  it("switches a workflow at once, and tells the page", async () => {
    show(snapshot(credential("VALID", { "wf-1": off })));
    const toggle = screen.getByRole("switch", { name: "Sync contacts" });
    expect(toggle.getAttribute("aria-checked")).toBe("false");
    await userEvent.click(toggle);
    expect(host.called("enableWorkflow")).toEqual([
      ["wf-1", { selectedCredentialId: "cred-1", selectedConfigurationId: "conf-1" }],
    ]);
    show(snapshot(credential("VALID", { "wf-1": { enabled: true, settings: {} } })));
    expect(toggle.getAttribute("aria-checked")).toBe("true");
    await waitFor(() =>
      expect(host.called("triggerSDKEvent")).toEqual([
        [
          expect.objectContaining({
            type: "onWorkflowChange",
            workflowId: "wf-1",
            workflowStateChange: { enabled: true },
          }),
        ],
      ]),
    );
  });

  it("takes a switch back that the server refused, and says why", async () => {
    host.answers.enableWorkflow = () => {
      throw new Error("this workflow is switched off for everybody");
    };
    show(snapshot(credential()));
    await userEvent.click(screen.getByRole("switch", { name: "Sync contacts" }));
    expect((await screen.findByRole("alert")).textContent).toBe(
      "This workflow is switched off for everybody.",
    );
    expect(screen.getByRole("switch", { name: "Sync contacts" }).getAttribute("aria-checked")).toBe("false");
    expect(host.called("triggerSDKEvent")).toEqual([]);
  });

  it("asks for required settings before a workflow is switched on", async () => {
    show(snapshot(credential("VALID", { "wf-2": off })));
    await userEvent.click(screen.getByRole("switch", { name: "Add to list" }));
    expect(host.called("enableWorkflow")).toEqual([]);
    expect(screen.getByText("Fill in List id first.")).toBeTruthy();
    await userEvent.type(screen.getByLabelText("List id"), "42");
    await userEvent.tab();
    expect(host.called("updateWorkflowUserSettings")).toEqual([
      [
        "hubspot",
        "wf-2",
        { list: "42" },
        { selectedCredentialId: "cred-1", selectedConfigurationId: "conf-1" },
      ],
    ]);
    expect(await screen.findByText("Saved")).toBeTruthy();
    show(snapshot(credential("VALID", { "wf-2": { enabled: false, settings: { list: "42" } } })));
    await userEvent.click(screen.getByRole("switch", { name: "Add to list" }));
    expect(host.called("enableWorkflow")).toHaveLength(1);
  });

  it("saves a setting of each kind as it is changed", async () => {
    const inputs = [
      { id: "note", title: "Note", type: "TEXTAREA_NO_VARS", required: false },
      { id: "count", title: "Count", type: "NUMBER", required: false },
      { id: "mail", title: "Mail", type: "EMAIL", required: false },
      { id: "on", title: "On", type: "SWITCH" },
      {
        id: "owner",
        title: "Owner",
        type: "ENUM",
        required: false,
        values: ["a", { value: "b", label: "Bob" }],
      },
      { id: "map", title: "Map", type: "FIELD_MAPPER" },
    ];
    show(snapshot(credential(), { config: { ...config, sharedMeta: { inputs } } }));
    await userEvent.type(screen.getByLabelText("Note"), "hi");
    await userEvent.type(screen.getByLabelText("Count"), "12");
    await userEvent.type(screen.getByLabelText("Mail"), "nonsense");
    await userEvent.click(screen.getByRole("switch", { name: "On" }));
    await userEvent.selectOptions(screen.getByLabelText("Owner"), "Bob");
    await waitFor(() => expect(host.called("updateIntegrationUserSettings")).toHaveLength(4));
    expect(host.called("updateIntegrationUserSettings").map(([, update]) => update)).toEqual([
      { note: "hi" },
      { count: 12 },
      { on: true },
      { owner: "b" },
    ]);
    expect(screen.getByText("This is not an e-mail address.")).toBeTruthy();
    expect(screen.getByText("This setting cannot be changed here yet.")).toBeTruthy();
  });

  it("shows what the server found wrong with a setting", async () => {
    const inputs = [{ id: "note", title: "Note", type: "TEXT_NO_VARS" }];
    host.answers.updateIntegrationUserSettings = () => ({ errors: ["Note is too long"] });
    show(
      snapshot(credential("VALID", {}, { note: "old" }), { config: { ...config, sharedMeta: { inputs } } }),
    );
    await userEvent.type(screen.getByLabelText("Note"), "er");
    await userEvent.tab();
    expect(await screen.findByText("Note is too long")).toBeTruthy();
    expect(screen.queryByText("Saved")).toBeNull();
  });

  it("saves what was just typed when it is closed", async () => {
    const inputs = [{ id: "note", title: "Note", type: "TEXT_NO_VARS" }];
    show(snapshot(credential(), { config: { ...config, sharedMeta: { inputs } } }));
    await userEvent.type(screen.getByLabelText("Note"), "x");
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(host.called("updateIntegrationUserSettings")).toHaveLength(1));
  });

  it("says what stops, then disconnects", async () => {
    show(snapshot(credential("VALID", { "wf-1": { enabled: true, settings: {} } })));
    await userEvent.click(button("Disconnect"));
    const question = screen.getByRole("alertdialog", { name: "Disconnect HubSpot?" });
    expect(question.textContent).toMatch(/This stops “Sync contacts”/);
    expect(host.called("uninstallIntegration")).toEqual([]);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("alertdialog")).toBeNull();
    expect(screen.getByRole("dialog")).toBeTruthy();
    await userEvent.click(button("Disconnect"));
    await userEvent.click(
      within(screen.getByRole("alertdialog")).getByRole("button", { name: "Disconnect" }),
    );
    expect(host.called("uninstallIntegration")).toEqual([["hubspot", { selectedCredentialId: "cred-1" }]]);
    show(snapshot());
    expect(button("Connect HubSpot")).toBeTruthy();
  });

  it("leaves hidden workflows and those of others out, and keeps the order", () => {
    const integration = hubspot({ noPermissionWorkflows: ["wf-3"] });
    integration.workflows.push({ id: "wf-3", description: "Secret" }, { id: "wf-4", description: "Hidden" });
    const workflowMeta = {
      "wf-1": { id: "wf-1", inputs: [], order: 2 },
      "wf-2": { id: "wf-2", inputs: [], order: 1 },
      "wf-3": { id: "wf-3", inputs: [] },
      "wf-4": { id: "wf-4", inputs: [], hidden: true },
      "wf-5": { id: "wf-5", inputs: [] },
    };
    show(snapshot(credential(), { integration, config: { ...config, workflowMeta } }));
    expect(screen.getAllByRole("switch").map((each) => each.getAttribute("aria-label"))).toEqual([
      "Add to list",
      "Sync contacts",
    ]);
  });

  it("turns the tabs by the arrow keys", async () => {
    show(snapshot(credential()));
    act(() => screen.getByRole("tab", { name: "Configuration" }).focus());
    await userEvent.keyboard("{ArrowLeft}");
    expect(screen.getByRole("tab", { name: "Overview", selected: true })).toBe(document.activeElement);
    expect(screen.getByRole("heading", { name: "What it does" })).toBeTruthy();
  });
});

describe("hostile snapshots", () => {
  const evil: unknown[] = [null, 1, "x", [], {}, { toString: "x" }, [null], { a: null }];

  it.each(evil)("with %j in every place show something or nothing, and never fail", (value) => {
    const base = snapshot(credential()) as unknown as Record<string, Record<string, unknown>>;
    for (const part of ["nextContext", "nextModalState"]) {
      for (const key of Object.keys(base[part] ?? {})) {
        const update = structuredClone(base);
        (update[part] as Record<string, unknown>)[key] = value;
        expect(() => viewOf(update as unknown as UiUpdate)).not.toThrow();
      }
    }
    const integration = hubspot() as unknown as Record<string, unknown>;
    for (const key of Object.keys(integration)) {
      const update = snapshot(credential(), { integration: { ...hubspot(), [key]: value } });
      expect(() => viewOf(update)).not.toThrow();
    }
    for (const key of Object.keys(credential())) {
      const update = snapshot({ ...credential(), [key]: value });
      expect(() => viewOf(update)).not.toThrow();
    }
    const inner = snapshot(credential(), {
      integration: hubspot({ workflows: [value, { id: value, description: value }] as never }),
      config: { workflowMeta: { "wf-1": value as never }, sharedMeta: { inputs: [value as never] } },
    });
    expect(() => viewOf(inner)).not.toThrow();
    for (const key of Object.keys(config)) {
      const update = snapshot(credential(), { config: { ...config, [key]: value } });
      expect(() => viewOf(update)).not.toThrow();
    }
  });

  it("with markup in every text show it as text", () => {
    const markup = '<img src=x onerror="alert(1)">';
    show(
      snapshot(undefined, {
        integration: hubspot({ name: markup }),
        config: { ...config, description: markup, overview: markup },
      }),
    );
    expect(document.querySelectorAll(".body img")).toHaveLength(0);
    expect(screen.getByRole("heading", { name: markup })).toBeTruthy();
  });
});

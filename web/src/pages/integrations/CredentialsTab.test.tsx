import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { integration as active, connector } from "../../../mock-api/seed.ts";
import type { Integration } from "../../api/integrations.ts";
import { fakeApi, show } from "../../test/render.tsx";
import { CredentialsTab } from "./CredentialsTab.tsx";

const fresh: Integration = { ...active, active: false, clientId: null, hasClientSecret: false, scopes: [] };

describe("HubSpot's credentials", () => {
  it("are sent with the proposed scopes, and the first complete ones switch it on", async () => {
    const sent = fakeApi(({ method }) => ({ status: 200, body: method === "GET" ? connector : active }));
    show(<CredentialsTab projectId="p1" integration={fresh} />);
    await screen.findAllByText("crm.objects.contacts.write");
    await userEvent.type(screen.getByRole("textbox", { name: "Client ID" }), "abc");
    await userEvent.type(screen.getByLabelText("Client secret"), "s3cret");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent.some((request) => request.method === "PATCH")).toBe(true));
    expect(sent.find((request) => request.method === "PATCH")?.body).toMatchObject({
      active: true,
      clientId: "abc",
      clientSecret: "s3cret",
      scopes: connector.defaultScopes,
      optionalScopes: [],
      apiVersion: null,
    });
  });

  it("show no stored secret, and do not send it again", async () => {
    const sent = fakeApi(({ method }) => ({ status: 200, body: method === "GET" ? connector : active }));
    show(<CredentialsTab projectId="p1" integration={active} />);
    expect(screen.getByDisplayValue("Stored")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent.some((request) => request.method === "PATCH")).toBe(true));
    expect(sent.find((request) => request.method === "PATCH")?.body).not.toHaveProperty("clientSecret");
    await userEvent.click(screen.getByRole("button", { name: "Replace secret" }));
    expect(screen.getByLabelText("Client secret").getAttribute("value")).toBe("");
  });

  it("show where the provider's webhooks go, where it sends any", () => {
    fakeApi(() => ({ status: 200, body: connector }));
    const { unmount } = show(<CredentialsTab projectId="p1" integration={active} />);
    expect(screen.getByLabelText("Webhook URL").getAttribute("value")).toBe(active.webhookUrl);
    unmount();
    const { webhookUrl: _, ...without } = active;
    show(<CredentialsTab projectId="p1" integration={without} />);
    expect(screen.queryByLabelText("Webhook URL")).toBeNull();
  });

  it("say at the field what the server refuses", async () => {
    const refusal = {
      message: "baseUrls.api: `x` is no web address",
      code: "invalid",
      status: 422,
      meta: { fields: { "baseUrls.api": "`x` is no web address" } },
    };
    fakeApi(({ method }) =>
      method === "GET" ? { status: 200, body: connector } : { status: 422, body: refusal },
    );
    show(<CredentialsTab projectId="p1" integration={active} />);
    await userEvent.click(screen.getByRole("button", { name: "Advanced" }));
    await userEvent.type(await screen.findByLabelText("Base URL: api"), "x");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(screen.getByLabelText("Base URL: api").getAttribute("aria-invalid")).toBe("true"),
    );
    expect(screen.getAllByText("`x` is no web address").length).toBeGreaterThan(0);
  });
});

describe("The credentials of what is connected by a key", () => {
  const keyed = {
    ...connector,
    auth: [{ name: "default", scheme: "basic", needsApp: false, asks: ["Subdomain", "API token"] }],
  };

  it("say what users are asked, and ask for no app", async () => {
    const sent = fakeApi(({ method }) => ({ status: 200, body: method === "GET" ? keyed : active }));
    show(<CredentialsTab projectId="p1" integration={{ ...fresh, name: "Zendesk", needsApp: false }} />);
    await screen.findByText(/Subdomain, API token/);
    expect(screen.queryByLabelText("Client ID")).toBeNull();
    expect(screen.queryByLabelText("Redirect URL")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Save and switch on" }));
    await waitFor(() => expect(sent.some((request) => request.method === "PATCH")).toBe(true));
    expect(sent.find((request) => request.method === "PATCH")?.body).toMatchObject({ active: true });
  });
});

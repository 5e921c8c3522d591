// Checked by `tsc` alone: what must compile, and what must not.
import { full } from "../src/full.js";
import linchpinDefault, { Linchpin, LinchpinError, linchpin } from "../src/index.js";

export async function valid(): Promise<void> {
  linchpin.configure({ baseUrl: "https://connect.acme.com" });
  full(new Linchpin()).configureGlobal({ host: "acme.com" }, { ZEUS_PUBLIC_URL: "http://127.0.0.1:4800" });
  await linchpin.authenticate("p", "token");
  await linchpinDefault.authenticate("p", async () => "token", { metadata: { Name: "Ann" } });
  const { credentialId } = await linchpin.connect("hubspot", { onInstall: ({ integrationType }) => integrationType });
  await linchpin.event("Contact Created", { email: "b@example.com" }, { idempotencyKey: credentialId });
  const list = await linchpin.request<{ results: string[] }>("hubspot", "/contacts", { method: "POST", body: {} });
  list?.results.map((id) => id.length);
  const stop: () => void = linchpin.subscribe("onWorkflowChange", ({ workflowId }, user) => {
    if (user.authenticated) workflowId.concat(user.userId);
  });
  stop();
  const user = new Linchpin().getUser();
  if (user.authenticated) user.integrations.hubspot?.allCredentials.length.toFixed();
  if (new LinchpinError("network", "x").code === "network") linchpin.logout();
}

export async function invalid(): Promise<void> {
  // @ts-expect-error a token is needed
  await linchpin.authenticate("p");
  // @ts-expect-error a payload is an object
  await linchpin.event("X", "text");
  // @ts-expect-error there is no such event
  linchpin.subscribe("onNothing", () => {});
  // @ts-expect-error this event has no workflow
  linchpin.subscribe("onPortalOpen", ({ workflowId }) => workflowId);
  // @ts-expect-error the user may be unknown
  linchpin.getUser().userId;
  // @ts-expect-error what the provider answers is unknown until it is said
  (await linchpin.request("hubspot", "/x")).results;
}

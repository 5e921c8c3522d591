/** A browser's run against a server that logs all it can: no secret is in what it printed, stored or exported. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { acmePage } from "./src/acme-page.ts";
import { Admin } from "./src/admin.ts";
import { HostApp } from "./src/host-app.ts";
import { consent } from "./src/paragon-page.ts";
import { emptyFolder, must, until } from "./src/processes.ts";
import { syncContacts, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const EMAIL = "marker-payload@leak.example";

test("no secret is in the log, the database or the export after a browser's run", async ({ page }) => {
  const key = newKeyPair();
  const simulator = await Simulator.start();
  const host = await HostApp.start();
  const server = await Server.start({ data: emptyFolder("markers"), allow: [simulator.host] });
  try {
    const admin = await Admin.setUp(server);
    const link = new URL(server.setupLink).searchParams.get("token") ?? "";
    await server.program.stop();
    await server.restart({ LINCHPIN_LOG: "debug" });
    writeProject(server.path("acme.yaml"), {
      project: "Acme",
      publicKey: key.publicKey,
      provider: simulator.url,
      allowedOrigins: [host.origin],
      workflows: { "Sync contacts": syncContacts({ defaultEnabled: true }) },
    });
    const { projectId } = server.apply(server.path("acme.yaml"));
    const apiKey = await admin.call<{ key: string }>("POST", `/projects/${projectId}/api-keys`, { name: "deploy" });
    const token = userToken(key.privateKey, "ann");
    host.serve("/token", "text/plain", token);
    host.html("/", acmePage(server.url, projectId));

    const came: URL[] = [];
    page.context().on("request", (request) => {
      if (request.url().startsWith(`${server.url}/oauth?`)) came.push(new URL(request.url()));
    });
    await page.goto(`${server.url}/app/`);
    await page.getByLabel(/e-?mail/i).fill("ada@example.com");
    await page.getByLabel(/^password/i).fill("correct horse battery staple");
    await page.getByRole("button", { name: /sign in/i }).click();
    await expect(page.getByRole("link", { name: /integrations/i }).first()).toBeVisible();
    await page.goto(host.origin);
    await page.getByRole("button", { name: "Connect to HubSpot" }).click();
    const [popup] = await Promise.all([
      page.context().waitForEvent("page"),
      page.frameLocator("iframe").getByRole("button", { name: "Connect HubSpot" }).click(),
    ]);
    await consent(popup);
    await expect(page.getByRole("status").first()).toHaveText("HubSpot is connected");
    await page.frameLocator("iframe").getByRole("button", { name: "Close" }).click();
    for (const [field, value] of [["First name", "M"], ["Last name", "M"], ["Email", EMAIL]] as const) {
      await page.getByLabel(field).fill(value);
    }
    await page.getByRole("button", { name: "Add lead" }).click();
    await until("the contact", () => simulator.contacts(), (contacts) => contacts.length === 1);
    await fetch(`${server.url}/projects/${projectId}/sdk/nothing?userToken=${token}&code=${came[0]?.searchParams.get("code")}`);

    const cookies = await page.context().cookies(server.url);
    const markers: Record<string, string> = {
      "set-up link": link,
      password: "correct horse battery staple",
      "session cookie": cookies.find((cookie) => cookie.name.includes("session"))?.value ?? "",
      "client secret": "acme-secret-marker",
      "user token": token.split(".")[2] ?? "",
      "OAuth code": came[0]?.searchParams.get("code") ?? "",
      state: came[0]?.searchParams.get("state") ?? "",
      "API key": apiKey.key,
      "master key": readFileSync(join(server.data, "master.key"), "utf8").trim(),
      "payload e-mail": EMAIL,
    };
    for (const [name, value] of Object.entries(markers)) expect(value.length, name).toBeGreaterThanOrEqual(8);
    const foundIn = (text: string, apart: string[] = []) =>
      Object.keys(markers).filter((name) => !apart.includes(name) && text.includes(markers[name] ?? ""));

    const log = server.program.output;
    expect(log).toContain("/sdk/events/trigger");
    expect(log).toMatch(/DEBUG/);
    expect(foundIn(log)).toEqual([]);
    const database = readdirSync(server.data)
      .filter((name) => name.startsWith("linchpin.db"))
      .map((name) => readFileSync(join(server.data, name), "latin1"))
      .join("");
    expect(database).toContain(EMAIL);
    expect(foundIn(database, ["payload e-mail"])).toEqual([]);
    const exported = must(["export", "--data", server.data, "--project", "Acme"]);
    expect(exported).toContain("Sync contacts");
    expect(foundIn(exported)).toEqual([]);
  } finally {
    await server.program.stop();
    await simulator.program.stop();
    await host.stop();
  }
});

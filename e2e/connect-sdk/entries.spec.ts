/** The unmodified `@useparagon/connect` 2.4.0 by its other doors: one host name for everything, and its class. */
import { expect, test } from "@playwright/test";
import { HostApp } from "../src/host-app.ts";
import { authenticate, call, consent, hubspot, install, serveByHost, serveClass } from "../src/paragon-page.ts";
import { emptyFolder, until } from "../src/processes.ts";
import { EXAMPLE, syncContacts, writeProject } from "../src/project-file.ts";
import { type Applied, Server } from "../src/server.ts";
import { Simulator } from "../src/simulator.ts";
import { TlsFront } from "../src/tls-front.ts";
import { newKeyPair, userToken } from "../src/tokens.ts";

test.use({ ignoreHTTPSErrors: true });

const key = newKeyPair();
let simulator: Simulator;
let host: HostApp;
let front: TlsFront;
let server: Server;
let acme: Applied;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  front = await TlsFront.start(() => server.url);
  // People look at the dashboard's name; that is not where the SDK opens its windows.
  const publicUrl = `https://dashboard.${front.host}`;
  server = await Server.start({ data: emptyFolder("entries"), allow: [simulator.host], publicUrl });
  writeProject(server.path("acme.yaml"), {
    project: "Acme",
    publicKey: key.publicKey,
    provider: simulator.url,
    allowedOrigins: [host.origin],
    workflows: { "Sync contacts": syncContacts({ defaultEnabled: true }) },
  });
  acme = server.apply(server.path("acme.yaml"));
  serveByHost(host, front.host);
  serveClass(host, publicUrl);
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
  await front?.stop();
  await host?.stop();
});

test("configureGlobal with a host name alone: portal, window, event, request and icon", async ({ page }) => {
  await page.goto(`${host.origin}/by-host`);
  expect(await authenticate(page, acme.projectId, userToken(key.privateKey, "by-host"))).toBeUndefined();
  await page.evaluate(() => {
    void window.paragon.connect("hubspot", {});
  });
  const frame = page.frameLocator("#paragon-connect-frame");
  const [popup] = await Promise.all([
    page.context().waitForEvent("page"),
    frame.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await consent(popup);
  await expect.poll(async () => (await hubspot(page)).enabled).toBe(true);
  await expect(frame.getByRole("tab", { name: "Configuration" })).toBeVisible();

  expect((await call(page, "event", "Contact Created", EXAMPLE)).error).toBeUndefined();
  await until("the contact", () => simulator.contacts(), (contacts) => contacts.length === 1);
  const listed = await call(page, "request", "hubspot", "/crm/objects/2026-03/contacts", { method: "GET" });
  expect((listed.value as { results: unknown[] }).results).toHaveLength(1);
  const [metadata] = await page.evaluate(() => window.paragon.getIntegrationMetadata());
  expect(metadata?.icon).toBe(`https://dashboard.${front.host}/integrations/hubspot.svg`);
  expect(await page.evaluate(async (url) => (await fetch(url, { mode: "no-cors" })).type, metadata?.icon ?? "")).toBe("opaque");

  const names = new Set(front.asked.map((each) => each.split(" ")[0]));
  expect([...names].sort()).toEqual(["connect", "dashboard", "hermes", "worker-proxy", "zeus"]);
});

test("the class: an instance with addresses of its own connects and sends", async ({ page }) => {
  await simulator.forget();
  await page.goto(`${host.origin}/class`);
  expect(await authenticate(page, acme.projectId, userToken(key.privateKey, "by-class"))).toBeUndefined();
  expect((await install(page)).error).toBeUndefined();
  expect((await hubspot(page)).enabled).toBe(true);
  expect((await call(page, "event", "Contact Created", EXAMPLE)).error).toBeUndefined();
  await until("the contact", () => simulator.contacts(), (contacts) => contacts.length === 1);
});

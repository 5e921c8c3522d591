/**
 * What every test of the client SDK's contract starts from: the unmodified npm package on a page of `localhost`, our
 * server on `127.0.0.1`, the provider on a third origin, and three projects.
 */
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "../src/admin.ts";
import { HostApp } from "../src/host-app.ts";
import { authenticate, type Credential, serveParagon } from "../src/paragon-page.ts";
import { emptyFolder } from "../src/processes.ts";
import { imported, syncContacts, writeProject } from "../src/project-file.ts";
import { type Applied, Server } from "../src/server.ts";
import { Simulator } from "../src/simulator.ts";
import { newKeyPair, userToken } from "../src/tokens.ts";
import { Upstream } from "../src/upstream.ts";

export const key = newKeyPair();
export const otherKey = newKeyPair();

export interface World {
  simulator: Simulator;
  upstream: Upstream;
  host: HostApp;
  server: Server;
  admin: Admin;
  /** HubSpot at the simulator, nobody connected yet. */
  acme: Applied;
  /** HubSpot at the tests' own provider, with imported accounts. */
  direct: Applied;
  /** Lets only another page open the portal. */
  closed: Applied;
}

/** Starts it before a file's tests and ends it after them; each test begins on the page. Calls may go to `allow`, too. */
export function useWorld(name: string, allow: string[] = []): World {
  // Filled before the first test runs; tests read it when they run.
  const world = {} as World;

  test.beforeAll(async () => {
    const simulator = await Simulator.start();
    const upstream = await Upstream.start();
    const host = await HostApp.start();
    const data = emptyFolder(`connect-sdk-${name}`);
    const server = await Server.start({ data, allow: [simulator.host, upstream.host, ...allow] });
    const admin = await Admin.setUp(server);
    serveParagon(host, server.url);
    const base = { publicKey: key.publicKey, provider: simulator.url };
    writeProject(server.path("acme.yaml"), {
      ...base,
      project: "Acme",
      allowedOrigins: [host.origin],
      settings: [
        { id: "region", title: "Region", type: "TEXT_NO_VARS", required: false },
        { id: "limit", title: "Limit", type: "NUMBER", required: false },
        { id: "field", title: "Field", type: "DYNAMIC_ENUM", sourceType: "contactProperties", required: false },
      ],
      workflows: {
        "Sync contacts": syncContacts(),
        "Second workflow": syncContacts({
          settings: [{ id: "list", title: "List", type: "TEXT_NO_VARS", required: false }],
        }),
      },
    });
    writeProject(server.path("direct.yaml"), {
      ...base,
      project: "Direct",
      provider: upstream.url,
      defaultEnabled: true,
      allowedOrigins: [host.origin],
      connectedUsers: {
        proxied: imported(1),
        doomed: imported(2),
        double: {
          credentials: {
            hubspot: [
              { ...imported(11).credentials.hubspot, externalId: "acct-a" },
              { ...imported(12).credentials.hubspot, externalId: "acct-b" },
            ],
          },
        },
      },
    });
    writeProject(server.path("closed.yaml"), {
      ...base,
      project: "Closed",
      allowedOrigins: ["https://elsewhere.example"],
    });
    Object.assign(world, {
      simulator,
      upstream,
      host,
      server,
      admin,
      acme: server.apply(server.path("acme.yaml")),
      direct: server.apply(server.path("direct.yaml")),
      closed: server.apply(server.path("closed.yaml")),
    });
  });

  test.afterAll(async () => {
    await world.server?.program.stop();
    await world.simulator?.program.stop();
    await world.upstream?.stop();
    await world.host?.stop();
  });

  test.beforeEach(async ({ page }) => {
    await page.goto(`${world.host.origin}/paragon`);
  });

  return world;
}

/** A user of the test's own, signed in. */
export async function signedIn(page: Page, sub: string, project: Applied): Promise<string> {
  const token = userToken(key.privateKey, sub);
  expect(await authenticate(page, project.projectId, token)).toBeUndefined();
  return token;
}

export function asUser(token: string, more: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Bearer ${token}`, "content-type": "application/json", ...more };
}

export async function credentials(server: Server, project: Applied, token: string): Promise<Credential[]> {
  const answer = await fetch(`${server.url}/projects/${project.projectId}/sdk/me`, { headers: asUser(token) });
  expect(answer.status).toBe(200);
  const body = (await answer.json()) as { integrations: { hubspot: { allCredentials: Credential[] } } };
  return body.integrations.hubspot.allCredentials;
}

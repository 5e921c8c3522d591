/**
 * `kill -9` while hooks are made at a provider for each account, and while a subscription is told of an event: no
 * hook is there twice, and an event whose answer was not heard comes again under its id.
 */

import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const USERS = Array.from({ length: 12 }, (_, number) => `user-${number}`);

interface Hook {
  id: string;
  url: string;
}

test("a kill while hooks are made leaves one for each account", async () => {
  test.setTimeout(240_000);
  const simulator = await Simulator.start("zendesk");
  await simulator.faults({ quota: false, latencyMs: 60 });
  const server = await Server.start({ data: emptyFolder("kill-told"), allow: [simulator.host] });
  const { privateKey, publicKey } = newKeyPair();
  const file = server.path("project.yaml");
  const project = {
    project: "Kill told",
    signingKeys: [{ name: "backend", publicKey }],
    integrations: {
      zendesk: {
        active: true,
        baseUrls: { api: simulator.url },
        workflows: {
          Tickets: {
            trigger: { provider: { event: "tickets.created" } },
            defaultEnabled: true,
            steps: [{ look: { action: "tickets.get", inputs: { id: "{{ trigger.id }}" } } }],
          },
        },
      },
    },
  };
  writeFileSync(file, JSON.stringify(project));
  const { projectId, integrations } = server.apply(file);
  const account = { subdomain: "acme", email: "ann@acme.example", token: "zendesk-acme" };
  const hooks = async () => {
    const shown = (await (await fetch(`${simulator.url}/_simulator/hooks`)).json()) as { hooks: Hook[] };
    return shown.hooks;
  };
  for (const [number, user] of USERS.entries()) {
    const connected = await fetch(`${server.url}/projects/${projectId}/sdk/credentials`, {
      method: "POST",
      headers: { authorization: `Bearer ${userToken(privateKey, user)}`, "content-type": "application/json" },
      body: JSON.stringify({ integrationId: integrations.zendesk, config: {}, payload: account }),
    });
    expect(connected.status, await connected.text()).toBeLessThan(300);
    if (number % 3 === 2) {
      // A moment in which requests are under way.
      await until(
        "some hook is made",
        async () => (await hooks()).length,
        (count) => count >= number - 2,
        60_000,
      );
      await server.program.kill();
      await server.restart();
    }
  }
  await until(
    "a hook for every account",
    async () => new Set((await hooks()).map(({ url }) => new URL(url).searchParams.get("id"))).size,
    (count) => count === USERS.length,
    120_000,
  );
  // What a lost answer left is found and removed.
  await until(
    "no account has two",
    async () => (await hooks()).length,
    (count) => count === USERS.length,
    120_000,
  );
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

test("a kill while a subscription is told means once more, under the same id", async () => {
  test.setTimeout(120_000);
  const told: string[] = [];
  let held: IncomingMessage[] = [];
  let answering = false;
  const receiver = createServer((request, response) => {
    told.push(String(request.headers["webhook-id"]));
    if (answering) response.writeHead(200).end();
    else held.push(request);
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  const simulator = await Simulator.start();
  await simulator.accept("access-0");
  const server = await Server.start({ data: emptyFolder("kill-subscription"), allow: [simulator.host] });
  const steps = { LINCHPIN_EGRESS_ALLOW_STEPS: `127.0.0.1:${port}` };
  await server.program.kill();
  await server.restart(steps);
  const { privateKey, publicKey } = newKeyPair();
  const file = server.path("project.yaml");
  const account = imported(0);
  account.credentials.hubspot.providerId = "1234567";
  writeProject(file, {
    project: "Kill subscription",
    publicKey,
    provider: simulator.url,
    connectedUsers: { "user-0": account },
  });
  const { projectId, integrations } = server.apply(file);
  await simulator.sendWebhooks({
    url: `${server.url}/hooks/${projectId}/${integrations.hubspot}`,
    secret: "acme-secret-marker",
    retryMs: 200,
    attempts: 50,
  });
  const made = await fetch(`${server.url}/projects/${projectId}/trigger-subscriptions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${userToken(privateKey, "user-0")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ trigger: "HUBSPOT_CONTACTS_CREATED", url: `http://127.0.0.1:${port}/events` }),
  });
  expect(made.status, await made.text()).toBe(201);
  const created = await fetch(`${simulator.url}/crm/objects/2026-03/contacts`, {
    method: "POST",
    headers: { authorization: "Bearer access-0", "content-type": "application/json" },
    body: JSON.stringify({ properties: { email: "a@example.com" } }),
  });
  expect(created.status).toBe(201);
  await until(
    "the event arrives",
    async () => told.length,
    (count) => count === 1,
  );
  await server.program.kill();
  answering = true;
  for (const request of held) request.destroy();
  held = [];
  await server.restart(steps);
  await until(
    "the event arrives again",
    async () => told.length,
    (count) => count === 2,
    30_000,
  );
  expect(told[1]).toBe(told[0]);
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
  receiver.closeAllConnections();
  receiver.close();
});

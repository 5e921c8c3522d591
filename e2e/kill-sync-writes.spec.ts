/** The writes of a sync go together in batches: killed in the middle of them, each contact is there once. */
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair } from "./src/tokens.ts";

const WRITES = 80;

interface Status {
  credentialId: string;
  state: string;
  pending: number;
  refused: number;
}

test("kill -9 in the middle of a sync's batches: 80 writes, each once", async () => {
  test.setTimeout(240_000);
  const simulator = await Simulator.start();
  await simulator.faults({ quota: false });
  await simulator.accept("access-0");
  const key = newKeyPair();
  const server = await Server.start({ data: emptyFolder("kill-sync-writes"), allow: [simulator.host] });
  const admin = await Admin.setUp(server);
  writeProject(server.path("project.yaml"), {
    project: "Synced",
    publicKey: key.publicKey,
    provider: simulator.url,
    connectedUsers: { "user-0": imported(0) },
  });
  const { projectId, integrations } = server.apply(server.path("project.yaml"));
  const { id } = await admin.call<{ id: string }>("POST", `/projects/${projectId}/syncs`, {
    name: "Contacts",
    integrationId: integrations.hubspot,
    object: "contacts",
    direction: "both",
    fields: ["email"],
  });
  const sync = `/projects/${projectId}/syncs/${id}`;
  const status = async () => (await admin.call<{ items: Status[] }>("GET", `${sync}/accounts`)).items[0];
  const account = await until("it follows", status, (found) => found?.state === "active", 30_000);
  const pause = (paused: boolean) => admin.call("PATCH", `${sync}/accounts/${account?.credentialId}`, { paused });
  await pause(true);
  for (let at = 0; at < WRITES; at += 1) {
    const fields = { email: `write-${at}@example.com` };
    await admin.call("PUT", `${sync}/records`, { user: "ext:user-0", externalId: `w-${at}`, fields });
  }
  // Slow enough to be killed while a batch is under way.
  await simulator.faults({ quota: false, latencyMs: 400 });
  await pause(false);
  for (let kill = 1; kill <= 2; kill += 1) {
    const made = (await simulator.contacts()).length;
    await until("more is made", () => simulator.contacts(), (contacts) => contacts.length > made, 30_000);
    await server.program.kill();
    await server.restart();
  }
  await simulator.faults({ quota: false, latencyMs: 0 });
  const done = await until("all is sent", status, (found) => found?.pending === 0, 120_000);
  expect(done?.refused).toBe(0);
  const emails = (await simulator.contacts()).map(({ properties }) => properties.email).sort();
  expect(emails).toEqual(Array.from({ length: WRITES }, (_, at) => `write-${at}@example.com`).sort());
  const seen = await fetch(`${simulator.url}/_simulator/requests`);
  const { counts } = (await seen.json()) as { counts: Record<string, number> };
  expect(counts["POST /crm/objects/2026-03/contacts/batch/create"]).toBeGreaterThan(0);
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

/**
 * `kill -9` while a provider delivers webhooks: it sends again what was not taken, and every event runs once.
 *
 * The simulator is a process of its own, sends every batch twice, and does not refuse an e-mail address it has seen.
 */
import { expect, test } from "@playwright/test";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair } from "./src/tokens.ts";

const LEADS = 120;

/** For every new lead a copy. The copy is a new contact too, and no lead. */
const COPY = {
  trigger: { provider: { event: "contacts.created" } },
  defaultEnabled: true,
  steps: [
    { read: { action: "contacts.get", inputs: { id: "{{ trigger.id }}", properties: "email" } } },
    {
      check: {
        if: {
          any: [
            {
              all: [
                { left: "{{ steps.read.properties.email }}", operator: "$stringStartsWith", right: "lead" },
              ],
            },
          ],
        },
        then: [
          {
            copy: {
              action: "contacts.create",
              inputs: { email: "copy-of-{{ steps.read.properties.email }}" },
            },
          },
        ],
      },
    },
  ],
};

test("a kill while webhooks arrive loses none of them and runs none twice", async () => {
  test.setTimeout(180_000);
  const simulator = await Simulator.start();
  await simulator.faults({ uniqueEmail: false, quota: false });
  await simulator.accept("access-0");
  const server = await Server.start({ data: emptyFolder("kill-hooks"), allow: [simulator.host] });
  const file = server.path("project.yaml");
  const account = imported(0);
  account.credentials.hubspot.providerId = "1234567";
  writeProject(file, {
    project: "Kill hooks",
    publicKey: newKeyPair().publicKey,
    provider: simulator.url,
    workflows: { Copy: COPY },
    connectedUsers: { "user-0": account },
  });
  const { projectId, integrations } = server.apply(file);
  await simulator.sendWebhooks({
    url: `${server.url}/hooks/${projectId}/${integrations.hubspot}`,
    secret: "acme-secret-marker",
    duplicates: true,
    retryMs: 200,
    attempts: 50,
  });

  const lead = (number: number) => `lead-${number}@example.com`;
  const create = async (number: number) => {
    const answer = await fetch(`${simulator.url}/crm/objects/2026-03/contacts`, {
      method: "POST",
      headers: { authorization: "Bearer access-0", "content-type": "application/json" },
      body: JSON.stringify({ properties: { email: lead(number) } }),
    });
    expect(answer.status).toBe(201);
  };
  for (let number = 0; number < LEADS; number++) {
    await create(number);
    if (number % 30 === 20) {
      await server.program.kill();
      await server.restart();
    }
  }
  const copies = async () =>
    (await simulator.contacts()).filter(({ properties }) => properties.email?.startsWith("copy"));
  await until(
    "a copy of every lead",
    async () => new Set((await copies()).map((copy) => copy.properties.email)).size,
    (found) => found === LEADS,
    90_000,
  );
  // Second deliveries and late second creates would have come by now.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const emails = (await copies()).map((copy) => copy.properties.email).sort();
  expect(emails).toEqual(Array.from({ length: LEADS }, (_, number) => `copy-of-${lead(number)}`).sort());
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

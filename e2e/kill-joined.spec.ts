/**
 * While a quota is short, writes of many runs go as one call. `kill -9` in the middle of such calls loses nothing and
 * doubles nothing: every run has its own intent, and each doubt is settled by itself.
 *
 * The simulator keeps a quota, is a process of its own, and does not refuse an e-mail address it has seen.
 */
import { expect, test } from "@playwright/test";
import { OneUser } from "./src/one-user.ts";
import { until } from "./src/processes.ts";
import { Simulator } from "./src/simulator.ts";

const EVENTS = 600;
const KILLS = 3;

test(`kill -9 in the middle of joined calls: ${EVENTS} writes, each once`, async () => {
  test.setTimeout(240_000);
  const simulator = await Simulator.start();
  await simulator.faults({ uniqueEmail: false, quota: { max: 60, perMs: 10_000 }, latencyMs: 120 });
  await simulator.accept("access-0");
  const user = await OneUser.start({ name: "kill-joined", provider: simulator.url });
  const { server } = user;
  const send = async (number: number): Promise<boolean> =>
    (await user.send(`joined-${number}@example.com`, { "idempotency-key": `joined-${number}` })) === 201;
  const all = Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let number = lane; number < EVENTS; number += 8) {
        while (!(await send(number))) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }),
  );
  const made = async () => (await simulator.contacts()).length;
  for (let kill = 1; kill <= KILLS; kill++) {
    const enough = (EVENTS * kill) / (KILLS + 2);
    await until("some contacts are there", made, (count) => count >= enough, 60_000);
    await server.program.kill();
    await server.restart();
  }
  await all;

  const emails = await until(
    "every event is a contact",
    async () => (await simulator.contacts()).map((contact) => contact.properties.email ?? ""),
    (found) => new Set(found).size === EVENTS,
    120_000,
  );
  expect(emails.length, "contacts, none of them twice").toBe(EVENTS);
  const seen = (await (await fetch(`${simulator.url}/_simulator/requests`)).json()) as {
    counts: Record<string, number>;
  };
  const of = (end: string) => Object.entries(seen.counts).find(([name]) => name.endsWith(end))?.[1] ?? 0;
  const [single, joined] = [of("POST /crm/objects/2026-03/contacts"), of("/contacts/batch/create")];
  expect(joined, "calls for many writes").toBeGreaterThan(0);
  expect(single + joined, "calls in all").toBeLessThan(EVENTS / 2);
  console.log(`${EVENTS} writes, ${KILLS} kills: ${single} single calls and ${joined} joined ones`);

  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

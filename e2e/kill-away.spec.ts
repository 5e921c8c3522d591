/**
 * While the provider is away runs wait, and one after another tries. `kill -9` in that time loses nothing and doubles
 * nothing, not even a write that was done just before the answers stopped.
 *
 * The simulator is a process of its own, and does not refuse an e-mail address it has seen.
 */
import { expect, test } from "@playwright/test";
import { OneUser } from "./src/one-user.ts";
import { until } from "./src/processes.ts";
import { Simulator } from "./src/simulator.ts";

const EVENTS = 60;

test("kill -9 while the provider is away: every lead arrives once when it is back", async () => {
  test.setTimeout(240_000);
  const simulator = await Simulator.start();
  const away = { kind: "status", status: 503, count: 100_000, path: "contacts" };
  await simulator.faults({
    uniqueEmail: false,
    quota: false,
    next: [{ kind: "dropAfter", count: 3, path: "contacts" }, away],
  });
  await simulator.accept("access-0");
  const user = await OneUser.start({ name: "kill-away", provider: simulator.url });
  const { server, token } = user;
  const send = async (number: number) => expect(await user.send(`away-${number}@example.com`)).toBe(201);
  const calls = () => simulator.calls("contacts");
  for (let number = 0; number < EVENTS; number++) await send(number);
  await until("some were tried", calls, (count) => count >= 6);
  const tried = await calls();
  expect(tried, "not every lead asks by itself").toBeLessThan(EVENTS);
  let log = "";
  const killed = async () => {
    log += server.program.output;
    await server.program.kill();
  };
  for (let kill = 0; kill < 2; kill++) {
    await killed();
    await server.restart();
    const before = await calls();
    await until("it is tried again", calls, (count) => count > before, 30_000);
  }
  await killed();
  await simulator.faults({ uniqueEmail: false, quota: false, next: [] });
  await server.restart();
  const emails = async () => (await simulator.contacts()).map(({ properties }) => properties.email ?? "").sort();
  const expected = Array.from({ length: EVENTS }, (_, number) => `away-${number}@example.com`).sort();
  await until("every lead is there", emails, (found) => new Set(found).size >= EVENTS, 120_000);
  expect(await emails()).toEqual(expected);
  log += server.program.output;
  expect(log).toContain("the provider does not answer on this account");
  for (const secret of ["access-0", "refresh-0", token]) expect(log).not.toContain(secret);
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

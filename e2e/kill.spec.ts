/**
 * Accepted is durable, and a finished step is never repeated: `kill -9` in the middle of many events.
 *
 * The simulator is a process of its own, so that it survives, and does not refuse an e-mail address it has seen, so that
 * a second create would be counted.
 */
import { request as httpRequest, Agent } from "node:http";
import { expect, test } from "@playwright/test";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const EVENTS = Number(process.env.LINCHPIN_KILL_EVENTS ?? 1000);
const USERS = 20;

test(`kill -9 in the middle of ${EVENTS} events loses nothing and doubles nothing`, async () => {
  test.setTimeout(60_000 + EVENTS * 60);
  const simulator = await Simulator.start();
  await simulator.faults({ uniqueEmail: false, quota: false });
  for (let user = 0; user < USERS; user++) await simulator.accept(`access-${user}`);
  const data = emptyFolder("kill");
  const key = newKeyPair();
  const server = await Server.start({ data, allow: [simulator.host] });
  const file = server.path("project.yaml");
  writeProject(file, {
    project: "Kill",
    publicKey: key.publicKey,
    provider: simulator.url,
    defaultEnabled: true,
    connectedUsers: Object.fromEntries(Array.from({ length: USERS }, (_, at) => [`user-${at}`, imported(at)])),
  });
  const { projectId } = server.apply(file);
  const tokens = Array.from({ length: USERS }, (_, at) => userToken(key.privateKey, `user-${at}`));

  const accepted = new Set<string>();
  const unanswered = new Set<string>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let next = 0;
  let down = false;

  async function lane(): Promise<void> {
    for (;;) {
      const number = next++;
      if (number >= EVENTS) return;
      const email = `kill-${number}@example.com`;
      const payload = { first_name: "A", last_name: String(number), email, company: "Acme", title: "Dog" };
      // The host application does what it must: it sends again until it has an answer, with the same key.
      for (;;) {
        const status = await post(
          `${server.url}/projects/${projectId}/sdk/events/trigger`,
          tokens[number % USERS] ?? "",
          `kill-${number}`,
          { name: "Contact Created", payload },
          agent,
        ).catch(() => 0);
        if (status === 201) {
          accepted.add(email);
          break;
        }
        if (status !== 0 && status !== 429 && status !== 503) throw new Error(`an event was answered ${status}`);
        unanswered.add(email);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  const lanes = Promise.all(Array.from({ length: 64 }, lane));
  await until("half of the events are accepted", async () => accepted.size, (size) => size >= EVENTS / 2, 120_000);
  down = true;
  await server.program.kill();
  const deliveredBefore = (await simulator.contacts()).length;
  await server.restart();
  down = false;
  await lanes;
  agent.destroy();
  expect(down).toBe(false);
  expect(accepted.size).toBe(EVENTS);
  // The kill must have come while there was something to lose.
  expect(unanswered.size).toBeGreaterThan(0);
  expect(deliveredBefore).toBeLessThan(EVENTS);

  const byEmail = await until(
    "every accepted event is a contact",
    async () => {
      const count = new Map<string, number>();
      for (const contact of await simulator.contacts()) {
        const email = contact.properties.email ?? "";
        count.set(email, (count.get(email) ?? 0) + 1);
      }
      return count;
    },
    (count) => [...accepted].every((email) => count.has(email)),
    60_000 + EVENTS * 20,
  );
  const doubled = [...byEmail].filter(([, times]) => times > 1);
  expect(doubled).toEqual([]);
  expect(byEmail.size).toBe(EVENTS);

  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

function post(url: string, token: string, key: string, body: unknown, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: "POST",
        agent,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
        answer.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

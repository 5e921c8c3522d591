/**
 * `kill -9` before and after every commit of a run: nothing is lost, and no create that was answered is made again.
 *
 * The hold points that make the process stand still exist in debug builds only. The simulator is a process of its own
 * and does not refuse an e-mail address it has seen.
 */
import { existsSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, syncContacts, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const create = (key: string, email: string) => ({ [key]: { action: "contacts.create", inputs: { email } } });

/** A condition, two creates, and a loop whose items are done one after another. */
const NESTED = {
  trigger: { appEvent: "Contact Created" },
  defaultEnabled: true,
  steps: [
    {
      check: {
        if: { any: [{ all: [{ left: "{{ trigger.email }}", operator: "$stringContains", right: "@" }] }] },
        then: [create("first", "{{ trigger.email }}")],
      },
    },
    {
      each: {
        forEach: ["a", "b"],
        as: "letter",
        concurrency: 1,
        steps: [create("item", "{{ letter }}-{{ trigger.email }}")],
      },
    },
    create("last", "last-{{ trigger.email }}"),
  ],
};

const CASES = [
  {
    // The event with its run and the intent of its write, and the outcome.
    name: "a run of one step",
    workflow: syncContacts({ defaultEnabled: true }),
    commits: 2,
    makes: (email: string) => [email],
  },
  {
    // The event with the condition and the first intent, then each outcome, with the next intent where there is one.
    name: "a run with a condition and a loop",
    workflow: NESTED,
    commits: 5,
    makes: (email: string) => [email, `a-${email}`, `b-${email}`, `last-${email}`],
  },
];

for (const { name, workflow, commits, makes } of CASES) {
  test(`a kill before or after any commit of ${name} loses nothing and doubles nothing`, async () => {
    test.setTimeout(300_000);
    const points = Array.from({ length: commits }, (_, n) => [`before:${n + 1}`, `after:${n + 1}`]).flat();
    const simulator = await Simulator.start();
    await simulator.faults({ uniqueEmail: false, quota: false });
    await simulator.accept("access-0");
    const data = emptyFolder("kill-each-commit");
    const key = newKeyPair();
    const server = await Server.start({ data, allow: [simulator.host] });
    const file = server.path("project.yaml");
    writeProject(file, {
      project: "Kill",
      publicKey: key.publicKey,
      provider: simulator.url,
      workflows: { Kill: workflow },
      connectedUsers: { "user-0": imported(0) },
    });
    const { projectId } = server.apply(file);
    const token = userToken(key.privateKey, "user-0");

    const send = (email: string, idempotencyKey: string) =>
      fetch(`${server.url}/projects/${projectId}/sdk/events/trigger`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": idempotencyKey,
        },
        body: JSON.stringify({
          name: "Contact Created",
          payload: { email, first_name: "A", last_name: "B" },
        }),
      }).then(
        (answer) => answer.status,
        () => 0,
      );
    const count = async (email: string) =>
      (await simulator.contacts()).filter((contact) => contact.properties.email === email).length;

    for (const point of points) {
      const email = `${point.replace(":", "-")}@example.com`;
      const reached = server.path(point.replace(":", "-"));
      await server.program.stop();
      await server.restart({ LINCHPIN_HOLD: point, LINCHPIN_HOLD_FILE: reached });
      const first = send(email, point);
      await until(
        `the hold point ${point} (debug builds have them)`,
        async () => existsSync(reached),
        Boolean,
        30_000,
      );
      await server.program.kill();
      const accepted = (await first) === 201;
      // The event is answered after its own commit, never before.
      if (point.endsWith(":1")) expect(accepted).toBe(false);

      await server.restart();
      // The host application sends again what it has no answer for, with the same key.
      if (!accepted) expect(await send(email, point)).toBe(201);
      for (const made of makes(email)) {
        await until(
          `the contact ${made} of ${point}`,
          () => count(made),
          (times) => times > 0,
          60_000,
        );
      }
    }
    // A late second create would have come by now: nothing waits longer than a look at the provider.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const point of points) {
      for (const made of makes(`${point.replace(":", "-")}@example.com`))
        expect(await count(made), made).toBe(1);
    }
    expect(await server.program.stop()).toBe(0);
    await simulator.program.stop();
  });
}

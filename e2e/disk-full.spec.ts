/**
 * A disk that is full is said, loses nothing that was accepted, and is no reason to start the server again.
 *
 * The data lies on a small file system of memory that only the server's own mount namespace has; `unshare` is part of
 * every Debian. It is reached from here through `/proc`.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { binary, emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

/** In MiB. An empty data directory takes about one; what is left is enough for the events before the disk is full. */
const DISK = 16;

interface Answer {
  status: number;
  retryAfter: string | null;
  body: { code?: string };
}

test("a full disk is told to callers and in the log, and what was accepted is done when there is room again", async () => {
  const simulator = await Simulator.start();
  await simulator.faults({ uniqueEmail: false, quota: false });
  await simulator.accept("access-0");
  const key = newKeyPair();
  const file = `${emptyFolder("disk-full-project")}/project.yaml`;
  writeProject(file, {
    project: "Full",
    publicKey: key.publicKey,
    provider: simulator.url,
    defaultEnabled: true,
    connectedUsers: { ann: imported(0) },
  });
  const data = emptyFolder("disk-full");
  const script = `mount -t tmpfs -o size=${DISK}m tmpfs ${data} && ${binary} apply ${file} --data ${data} --json > ${data}/applied && exec "$@"`;
  const around = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh"];
  const server = await Server.start({ data, allow: [simulator.host], around });
  const inside = `/proc/${server.program.pid}/root${data}`;
  const { projectId } = JSON.parse(readFileSync(`${inside}/applied`, "utf8")) as {
    projectId: string;
  };
  const token = userToken(key.privateKey, "ann");

  let number = 0;
  const accepted: string[] = [];
  async function send(): Promise<Answer> {
    const email = `full-${number++}@example.com`;
    const payload = { first_name: "A", last_name: "B", email, company: "x".repeat(4096), title: "Dog" };
    const answer = await fetch(`${server.url}/projects/${projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "Contact Created", payload }),
    });
    if (answer.status === 201) accepted.push(email);
    return {
      status: answer.status,
      retryAfter: answer.headers.get("retry-after"),
      body: (await answer.json()) as { code?: string },
    };
  }
  const delivered = async () =>
    (await simulator.contacts()).map((contact) => contact.properties.email ?? "").sort((a, b) => a.localeCompare(b));

  for (let sent = 0; sent < 10; sent++) expect((await send()).status).toBe(201);

  fill(`${inside}/filler`);
  // The log of the database may have some room of its own left: it is used up first.
  let refused: Answer | undefined;
  for (let sent = 0; sent < 2_000 && refused === undefined; sent++) {
    const answer = await send();
    if (answer.status !== 201) refused = answer;
  }
  expect(refused?.status).toBe(503);
  expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
  expect(refused?.body.code).toBe("unavailable");
  // It lives, and says what is wrong.
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(server.program.output).toContain("could not be written");
  expect(server.program.output).toContain("disk is full");

  rmSync(`${inside}/filler`);
  await until("events are accepted again", send, (answer) => answer.status === 201);
  await until("everything accepted is a contact", delivered, (emails) => new Set(emails).size >= accepted.length, 60_000);
  expect(await delivered()).toEqual(accepted.toSorted((a, b) => a.localeCompare(b)));
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (const size of [1 << 20, 1 << 16, 1 << 12]) {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(size), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        break;
      }
    }
  }
}

/**
 * Many users come for the first time at once, and the server is killed in the middle of it: whoever was answered is
 * there, once, with what was sent.
 */
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const USERS = 400;

test(`kill -9 while ${USERS} users come for the first time: each is there once, and no event is lost`, async () => {
  test.setTimeout(240_000);
  const key = newKeyPair();
  const server = await Server.start({ data: emptyFolder("kill-first-visits"), allow: [] });
  const admin = await Admin.setUp(server);
  const file = server.path("project.yaml");
  writeProject(file, { project: "Crowd", publicKey: key.publicKey, provider: "http://localhost:9" });
  const { projectId } = server.apply(file);
  const names = Array.from({ length: USERS }, (_, number) => `user-${number}`);
  const tokens = names.map((name) => userToken(key.privateKey, name));
  const accepted = new Set<string>();
  const send = async (number: number) => {
    while (!accepted.has(`user-${number}`)) {
      const answer = await fetch(`${server.url}/projects/${projectId}/sdk/events/trigger`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${tokens[number]}`,
          "content-type": "application/json",
          "idempotency-key": `first-${number}`,
        },
        body: JSON.stringify({ name: "Contact Created", payload: { number } }),
      }).catch(() => null);
      if (answer?.status === 201) accepted.add(`user-${number}`);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const all = Promise.all(
    Array.from({ length: 32 }, async (_, lane) => {
      for (let number = lane; number < USERS; number += 32) await send(number);
    }),
  );
  let log = "";
  for (const enough of [40, 160, 280]) {
    await until("some users came", async () => accepted.size, (count) => count >= enough, 60_000);
    log += server.program.output;
    await server.program.kill();
    await server.restart();
  }
  await all;
  const everything = async <T>(what: string): Promise<T[]> => {
    const found: T[] = [];
    let cursor = "";
    do {
      const page: { items: T[]; nextCursor?: string | null } = await admin.call(
        "GET",
        `/projects/${projectId}/${what}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...page.items);
      cursor = page.nextCursor ?? "";
    } while (cursor !== "");
    return found;
  };
  const users = await everything<{ userId: string; lastSeenAt: string | null }>("users");
  expect(users.map(({ userId }) => userId).sort()).toEqual([...names].sort());
  expect(users.every(({ lastSeenAt }) => lastSeenAt !== null)).toBe(true);
  expect(await everything("received-events"), "each event once, however often it was sent").toHaveLength(USERS);
  log += server.program.output;
  expect(log).not.toContain(tokens[0]);
  expect(log).not.toContain("ERROR");
  expect(await server.program.stop()).toBe(0);
});

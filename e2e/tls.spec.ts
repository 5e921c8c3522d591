/** Calls to a provider over TLS, which every real one speaks and no simulator does. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { OneUser } from "./src/one-user.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { Simulator } from "./src/simulator.ts";
import { TlsFront } from "./src/tls-front.ts";

test("a provider is called over HTTP/2 where its certificate is good, and nothing is sent where it is not", async () => {
  const simulator = await Simulator.start();
  await simulator.accept("access-0");
  const front = await TlsFront.start(() => simulator.url, "localhost");
  const trusted = join(emptyFolder("tls-trusted"), "authorities.pem");
  writeFileSync(trusted, front.certificate);
  const user = await OneUser.start({
    name: "tls",
    provider: `https://${front.host}`,
    around: ["env", `SSL_CERT_FILE=${trusted}`],
  });
  const { server, projectId } = user;
  const admin = await Admin.setUp(server);
  const send = async (email: string) => expect(await user.send(email)).toBe(201);
  await send("trusted@example.com");
  const contacts = await until(
    "the contact is there",
    () => simulator.contacts(),
    (found) => found.length > 0,
  );
  expect(contacts.map((contact) => contact.properties.email)).toEqual(["trusted@example.com"]);
  expect([...front.versions]).toEqual(["2.0"]);

  // The authorities of this machine know nothing of the certificate.
  const asked = front.asked.length;
  await server.program.stop();
  await server.restart();
  await send("nobody@example.com");
  interface Listed {
    items: { id: string }[];
  }
  const runs = await admin.call<Listed>("GET", `/projects/${projectId}/runs`);
  const run = await until(
    "the attempt is in the run's history",
    () => admin.call<unknown>("GET", `/projects/${projectId}/runs/${runs.items[0]?.id}`),
    (found) => JSON.stringify(found).includes("certificate"),
  );
  expect(JSON.stringify(run)).toContain("invalid peer certificate");
  expect(front.asked.length, "nothing was asked of a provider that proves nothing").toBe(asked);
  expect(await simulator.contacts()).toHaveLength(1);
  await server.program.stop();
  await front.stop();
});

/**
 * HubSpot's official Node client and our connector are given the same calls; what arrives must be equal.
 *
 * The client knows the numbered paths, so the connector is set to the same version. What arrives is kept by a
 * server of this test, which answers 404: only the requests matter here.
 */
import { Client } from "@hubspot/api-client";
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { PAIRS, type Pair, WITHOUT_METHOD } from "./src/hubspot-calls.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";
import { type Asked, Upstream } from "./src/upstream.ts";

/** What HubSpot would act on: the order of query parameters and of an object's fields means nothing to it. */
function meaning({ method, path, headers, body }: Asked) {
  const url = new URL(path, "http://localhost");
  // Some parameters hold lists with commas, others are given several times: both say the same.
  const query = [...url.searchParams].flatMap(([name, value]) =>
    value.split(",").map((one) => `${name}=${one}`),
  );
  return {
    method,
    // The client ends some paths with a slash; HubSpot serves both.
    path: decodeURIComponent(url.pathname).replace(/\/$/, ""),
    query: query.sort(),
    authorization: headers.authorization,
    type: body === "" ? undefined : headers["content-type"]?.split(";")[0],
    body: body === "" ? undefined : JSON.parse(body),
  };
}

const key = (pair: Pair) => pair.action.replace(".", "_").toLowerCase();

test("every HubSpot action sends what HubSpot's own client sends", async () => {
  const upstream = await Upstream.start();
  const server = await Server.start({ data: emptyFolder("hubspot-client"), allow: [upstream.host] });
  const admin = await Admin.setUp(server);
  const { privateKey, publicKey } = newKeyPair();
  const file = server.path("project.yaml");
  const workflows = Object.fromEntries(
    PAIRS.map((pair) => [
      pair.action,
      {
        trigger: { request: {} },
        defaultEnabled: true,
        steps: [{ [key(pair)]: { action: pair.action, inputs: pair.inputs, retry: false } }],
      },
    ]),
  );
  writeProject(file, {
    project: "HubSpot client",
    publicKey,
    provider: upstream.url,
    apiVersion: "v3",
    workflows,
    connectedUsers: { "user-0": imported(0) },
  });
  const applied = server.apply(file);
  const token = userToken(privateKey, "user-0");
  const client = new Client({
    accessToken: "access-0",
    basePath: upstream.url,
    numberOfApiCallRetries: 0,
  });

  await test.step("every action of the connector is compared", async () => {
    const { actions } = await admin.call<{ actions: { name: string }[] }>("GET", "/connectors/hubspot");
    const compared = [...PAIRS.map(({ action }) => action), ...WITHOUT_METHOD];
    expect(compared.sort()).toEqual(actions.map(({ name }) => name).sort());
  });
  for (const pair of PAIRS) {
    await test.step(pair.action, async () => {
      upstream.asked = [];
      // A refusal is what this upstream answers with, and the client throws it.
      await pair.call(client).then(
        () => expect(false, "the upstream refuses everything").toBe(true),
        () => undefined,
      );
      const theirs = upstream.asked.map(meaning);
      expect(theirs).toHaveLength(1);
      upstream.asked = [];
      const started = await fetch(
        `${server.url}/projects/${applied.projectId}/sdk/triggers/${applied.workflows[pair.action]}`,
        { method: "POST", headers: { authorization: `Bearer ${token}` } },
      );
      expect(started.status).toBe(202);
      await until(
        `${pair.action} arrives`,
        async () => upstream.asked.length,
        (count) => count > 0,
      );
      expect(upstream.asked.map(meaning)).toEqual(theirs);
    });
  }
  expect(await server.program.stop()).toBe(0);
  await upstream.stop();
});

/** The unmodified `@useparagon/connect` 2.4.0: webhooks of a workflow's own. Numbers as in `calls.spec.ts`. */
import { expect, test } from "@playwright/test";
import { authenticate, call, hubspot } from "../src/paragon-page.ts";
import { until } from "../src/processes.ts";
import { imported, writeProject } from "../src/project-file.ts";
import type { Applied } from "../src/server.ts";
import { userToken } from "../src/tokens.ts";
import { key, useWorld } from "./world.ts";

const world = useWorld("webhooks");
let project: Applied;

interface Run {
  id: string;
  state: string;
  event: { payload: { body: unknown; params: unknown } };
}

test.beforeAll(() => {
  const account = { ...imported(47).credentials.hubspot, workflows: { Paid: { enabled: true } } };
  writeProject(world.server.path("webhooks.yaml"), {
    project: "Webhooks",
    publicKey: key.publicKey,
    provider: world.upstream.url,
    allowedOrigins: [world.host.origin],
    workflows: {
      Paid: {
        trigger: { webhook: { name: "Order paid", verify: "none" } },
        steps: [{ echo: { function: { code: "return parameters", parameters: { body: "{{ trigger.body }}" } } } }],
      },
    },
    connectedUsers: { ann: { credentials: { hubspot: account } } },
  });
  project = world.server.apply(world.server.path("webhooks.yaml"));
});

test("47. getCustomWebhookUserManualUrl gives an address that the server serves", async ({ page }) => {
  expect(await authenticate(page, project.projectId, userToken(key.privateKey, "ann"))).toBeUndefined();
  const workflow = project.workflows.Paid ?? "";
  const { credentialId } = await hubspot(page);
  const { value, error } = await call(page, "getCustomWebhookUserManualUrl", workflow);
  expect(error).toBeUndefined();
  const door = `${world.server.url}/triggers/connect/${project.projectId}/${project.integrations.hubspot}`;
  expect(value).toBe(`${door}/custom-triggers/${workflow}?id=${credentialId}`);
  const sent = await fetch(`${value}&from=shop`, { method: "POST", body: JSON.stringify({ order: 7 }) });
  expect(sent.status).toBe(200);
  const runs = `/projects/${project.projectId}/runs`;
  const list = () => world.admin.call<{ items: Run[] }>("GET", runs);
  const done = await until("the run's end", list, ({ items }) => items[0]?.state === "succeeded");
  expect(done.items).toHaveLength(1);
  const run = await world.admin.call<Run>("GET", `${runs}/${done.items[0]?.id}`);
  expect(run.event.payload.body).toEqual({ order: 7 });
  expect(run.event.payload.params).toEqual({ from: "shop" });
  const nobody = `${door}/custom-triggers/${workflow}?id=00000000-0000-4000-8000-000000000000`;
  expect((await fetch(nobody, { method: "POST", body: "{}" })).status).toBe(404);
});

/** The unmodified `@useparagon/connect` 2.4.0: workflows that begin with a request. Numbers as in `calls.spec.ts`. */
import { expect, test } from "@playwright/test";
import { authenticate, call, line, recording } from "../src/paragon-page.ts";
import { until } from "../src/processes.ts";
import { imported, writeProject } from "../src/project-file.ts";
import type { Applied } from "../src/server.ts";
import { userToken } from "../src/tokens.ts";
import { key, useWorld } from "./world.ts";

const world = useWorld("requests");
let project: Applied;

interface Run {
  state: string;
  event: { payload: { body: unknown; headers: Record<string, string>; params: unknown } };
}

test.beforeAll(() => {
  const account = { ...imported(26).credentials.hubspot, workflows: { "By request": { enabled: true }, Answers: { enabled: true } } };
  const response = { status: 200, body: { hello: "{{ trigger.body.name }}" } };
  const inputs = { email: "{{ trigger.body.email or 'nobody@example.com' }}" };
  writeProject(world.server.path("requested.yaml"), {
    project: "Requested",
    publicKey: key.publicKey,
    provider: world.upstream.url,
    allowedOrigins: [world.host.origin],
    workflows: {
      "By request": { trigger: { request: {} }, steps: [{ create: { action: "contacts.create", inputs } }] },
      Answers: { trigger: { request: {} }, steps: [{ answer: { response } }] },
    },
    connectedUsers: { ann: { credentials: { hubspot: account } } },
  });
  project = world.server.apply(world.server.path("requested.yaml"));
  world.upstream.answer("/crm/objects/2026-03/contacts", {
    status: 201,
    body: '{"id":"1","properties":{},"createdAt":"2026-11-25T00:00:00Z"}',
  });
});

async function ended(value: unknown): Promise<Run> {
  const { runId } = value as { runId: string };
  const read = () => world.admin.call<Run>("GET", `/projects/${project.projectId}/runs/${runId}`);
  return await until("the run's end", read, (run) => run.state === "succeeded");
}

test("26. workflow delivers body, query and headers, and returns the answer", async ({ page }) => {
  expect(await authenticate(page, project.projectId, userToken(key.privateKey, "ann"))).toBeUndefined();
  const id = project.workflows["By request"] ?? "";
  const requests = recording(page, world.server.url);
  world.upstream.asked = [];
  const { value, error } = await call(page, "workflow", id, {
    body: { email: "buddha@example.com", deep: [1, null, "ü"] },
    query: { page: "2" },
    headers: { "X-Mine": "kept" },
  });
  expect(error).toBeUndefined();
  expect(value).toEqual({ id: expect.any(String), runId: expect.any(String) });
  expect(requests.map(line)).toEqual([`POST /projects/${project.projectId}/sdk/triggers/${id}`]);
  expect((await requests[0]?.response())?.status()).toBe(202);
  const { payload } = (await ended(value)).event;
  expect(payload.body).toEqual({ email: "buddha@example.com", deep: [1, null, "ü"] });
  expect(payload.params).toEqual({ page: "2" });
  expect(payload.headers).toMatchObject({ "x-mine": "kept" });
  expect(payload.headers).not.toHaveProperty("authorization");
  expect(world.upstream.of("/crm/objects/2026-03/contacts")[0]?.body).toContain("buddha@example.com");
});

test("27. workflow without options", async ({ page }) => {
  expect(await authenticate(page, project.projectId, userToken(key.privateKey, "ann"))).toBeUndefined();
  const requests = recording(page, world.server.url);
  const { value, error } = await call(page, "workflow", project.workflows["By request"] ?? "");
  expect(error).toBeUndefined();
  expect(new URL(requests[0]?.url() ?? "").search).toBe("");
  const { payload } = (await ended(value)).event;
  expect(payload.body).toEqual({});
  expect(payload.params).toEqual({});
});

test("26. what a Response step answers comes back as it is", async ({ page }) => {
  expect(await authenticate(page, project.projectId, userToken(key.privateKey, "ann"))).toBeUndefined();
  const { value, error } = await call(page, "workflow", project.workflows.Answers ?? "", { body: { name: "Buddha" } });
  expect(error).toBeUndefined();
  expect(value).toEqual({ hello: "Buddha" });
});

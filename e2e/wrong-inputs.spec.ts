/**
 * Wrong inputs on every surface, each with what must be answered. The table that comes out (`.run/wrong-inputs.md`) is
 * for reading: would the person who made the mistake know what to do?
 */
import { writeFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { emptyFolder, here, run } from "./src/processes.ts";
import { EXAMPLE, syncContacts, writeProject } from "./src/project-file.ts";
import { type Applied, Server } from "./src/server.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const key = newKeyPair();
const rows: string[] = [];
let server: Server;
let admin: Admin;
let project: Applied;

test.beforeAll(async () => {
  server = await Server.start({ data: emptyFolder("wrong-inputs"), allow: [] });
  admin = await Admin.setUp(server);
  writeProject(server.path("project.yaml"), {
    project: "Wrong",
    publicKey: key.publicKey,
    provider: "http://localhost:1",
    allowedOrigins: ["https://app.example.com"],
  });
  project = server.apply(server.path("project.yaml"));
});

test.afterAll(async () => {
  writeFileSync(
    join(here, ".run/wrong-inputs.md"),
    `| surface | input | answer |\n|---|---|---|\n${rows.join("\n")}\n`,
  );
  await server?.program.stop();
});

function note(surface: string, input: string, answer: string): void {
  rows.push(`| ${surface} | ${input} | ${answer.trim().replaceAll("\n", "<br>").replaceAll("|", "\\|").slice(0, 600)} |`);
}

test("App Events", async () => {
  const token = userToken(key.privateKey, "user-1");
  const now = Math.floor(Date.now() / 1000);
  const good = JSON.stringify({ name: "Contact Created", payload: EXAMPLE });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const none = `${part({ alg: "none", typ: "JWT" })}.${part({ sub: "user-1", iat: now, exp: now + 600 })}.`;
  const hmac = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "user-1", iat: now, exp: now + 600 })}.${"a".repeat(43)}`;
  const cases: [string, number, string | undefined, string, Record<string, string>?][] = [
    ["no token", 401, undefined, good],
    ["a token that is no JWT", 401, "nonsense", good],
    ["`alg: none`", 401, none, good],
    ["HS256", 401, hmac, good],
    ["another key", 401, userToken(newKeyPair().privateKey, "user-1"), good],
    ["expired", 401, userToken(key.privateKey, "user-1", { iat: now - 900, exp: now - 300 }), good],
    ["no `sub`", 401, userToken(key.privateKey, "", { sub: undefined }), good],
    ["no `exp`", 401, userToken(key.privateKey, "user-1", { exp: undefined }), good],
    ["no `iat`", 401, userToken(key.privateKey, "user-1", { iat: undefined }), good],
    ["another project's `aud`", 401, userToken(key.privateKey, "user-1", { aud: "linchpin/0197b7c3-0000-7000-8000-000000000000" }), good],
    ["a body that is not JSON", 400, token, "{name: Contact}"],
    ["an empty body", 400, token, ""],
    ["no `name`", 400, token, '{"payload":{}}'],
    ["a payload that is a list", 400, token, '{"name":"Contact Created","payload":[1]}'],
    ["a payload that is a text", 400, token, '{"name":"Contact Created","payload":"x"}'],
    ["a body over 1 MiB", 413, token, JSON.stringify({ name: "Contact Created", payload: { x: "x".repeat(1_100_000) } })],
    ["a foreign credential", 404, token, good, { "x-paragon-credential": "0197b7c3-0000-7000-8000-000000000000" }],
  ];
  for (const [input, status, bearer, body, headers] of cases) {
    const answer = await fetch(`${server.url}/projects/${project.projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      body,
    });
    const text = await answer.text();
    note("App Event", input, `${answer.status} ${text}`);
    expect(answer.status, `${input}: ${text}`).toBe(status);
    expect(JSON.parse(text), input).toMatchObject({
      status,
      code: expect.stringMatching(/^[a-z0-9_]+$/),
      message: expect.stringMatching(/.{8}/),
    });
  }

  const again = (body: string) =>
    fetch(`${server.url}/projects/${project.projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": "once" },
      body,
    });
  expect((await again(good)).status).toBe(201);
  const other = await again(JSON.stringify({ name: "Contact Created", payload: {} }));
  const text = await other.text();
  note("App Event", "an `Idempotency-Key` again with another body", `${other.status} ${text}`);
  expect(other.status).toBe(422);

  const unknown = await fetch(`${server.url}/projects/0197b7c3-0000-7000-8000-000000000000/sdk/events/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: good,
  });
  note("App Event", "a project that does not exist", `${unknown.status} ${await unknown.text()}`);
  expect([401, 404]).toContain(unknown.status);
});

test("management API", async () => {
  const base = `/projects/${project.projectId}`;
  const unknown = "0197b7c3-0000-7000-8000-000000000000";
  const hubspot = project.integrations.hubspot ?? "";
  const cases: [string, number, string, string, unknown][] = [
    ["a project name that is taken", 409, "POST", "/projects", { name: "Wrong" }],
    ["an empty project name", 422, "POST", "/projects", { name: " " }],
    ["an allowed origin that is a path", 422, "PATCH", base, { allowedOrigins: ["https://app.example.com/page"] }],
    ["an App Event without a name", 422, "POST", `${base}/app-events`, { name: "", example: {} }],
    ["an App Event whose example is a list", 422, "POST", `${base}/app-events`, { name: "X", example: [1] }],
    ["an App Event whose example is broken JSON", 422, "POST", `${base}/app-events`, { name: "X", example: '{"a": }' }],
    ["an App Event that exists", 409, "POST", `${base}/app-events`, { name: "Contact Created", example: {} }],
    ["a workflow name that is taken", 409, "POST", `${base}/workflows`, { integrationId: hubspot, name: "Sync contacts" }],
    ["a workflow without a name", 422, "POST", `${base}/workflows`, { integrationId: hubspot, name: "" }],
    ["a private key as public key", 422, "POST", `${base}/signing-keys`, { name: "x", publicKey: key.privateKey }],
    ["a public key that is none", 422, "POST", `${base}/signing-keys`, { name: "x", publicKey: "hello" }],
    ["an unknown workflow", 404, "GET", `${base}/workflows/${unknown}`, undefined],
    ["an id that is none", 404, "GET", `${base}/runs/hello`, undefined],
    ["an unknown project", 404, "GET", `/projects/${unknown}/users`, undefined],
  ];
  for (const [input, status, method, path, body] of cases) {
    const error = await admin.call(method, path, body).then(
      () => "accepted",
      (failure: Error) => failure.message,
    );
    note("management API", input, error.replace(/^.*was answered /s, ""));
    expect(error, input).toContain(`was answered ${status}`);
  }
  // The draft that has problems is not deployed.
  const workflow = project.workflows["Sync contacts"] ?? "";
  const { draftRevision, draft } = await admin.call<{ draftRevision: number; draft: { steps: { inputs: unknown }[] } }>(
    "GET",
    `${base}/workflows/${workflow}`,
  );
  const wrong = { ...draft, steps: [{ ...draft.steps[0], inputs: { email: "{{ triger.email }}" } }] };
  await admin.call("PUT", `${base}/workflows/${workflow}/draft`, { definition: wrong, revision: draftRevision });
  const refusal = await admin.call("POST", `${base}/workflows/${workflow}/deploy`, {}).catch((error: Error) => error.message);
  note("management API", "deploy with `{{ triger.email }}`", String(refusal).replace(/^.*was answered /s, ""));
  expect(refusal).toContain("was answered 422");
  expect(refusal).toContain("triger");

  for (const [input, headers] of [
    ["no session", {}],
    ["an API key that is none", { authorization: "Bearer lp_nonsense" }],
  ] as const) {
    const answer = await fetch(`${server.url}/api/v1${base}`, { headers });
    note("management API", input, `${answer.status} ${await answer.text()}`);
    expect(answer.status).toBe(401);
  }
});

test("sign-in", async () => {
  const attempt = (email: string, password: string) =>
    fetch(`${server.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
  const wrong = await attempt("ada@example.com", "not the password");
  const stranger = await attempt("nobody@example.com", "not the password");
  const [first, second] = [(await wrong.json()) as { code: string; message: string }, (await stranger.json()) as { code: string; message: string }];
  note("sign-in", "a wrong password", `${wrong.status} ${JSON.stringify(first)}`);
  expect(wrong.status).toBe(401);
  // Whether an address has an account is nobody's business.
  expect([second.code, second.message]).toEqual([first.code, first.message]);
  let last = 401;
  for (let tries = 0; tries < 8 && last === 401; tries++) last = (await attempt("ada@example.com", "no")).status;
  note("sign-in", "many wrong passwords", String(last));
  expect(last).toBe(429);
  const setup = await fetch(`${server.url}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: "x", name: "Eve", email: "eve@example.com", password: "correct horse battery" }),
  });
  note("sign-in", "set-up a second time", `${setup.status} ${await setup.text()}`);
  expect(setup.status).toBeGreaterThanOrEqual(400);
  expect(setup.status).toBeLessThan(500);
});

test("project file", async () => {
  const file = server.path("wrong.yaml");
  const data = emptyFolder("wrong-project-file");
  const base = {
    project: "Wrong file",
    publicKey: key.publicKey,
    provider: "http://localhost:1",
  };
  const step = (inputs: Record<string, string>, action = "contacts.create") => ({
    "Sync contacts": syncContacts({ steps: [{ create: { action, inputs } }] }),
  });
  const cases: [string, RegExp, () => void][] = [
    ["YAML that does not close", /wrong\.yaml/, () => writeFileSync(file, "project: [Acme")],
    ["no `project`", /project/, () => writeFileSync(file, "appEvents: {}\n")],
    ["`integration` for `integrations`", /integrations/, () => writeFileSync(file, "project: Acme\nintegration: {}\n")],
    ["an unknown connector", /hubspto/, () => writeFileSync(file, "project: Acme\nintegrations:\n  hubspto: { active: true }\n")],
    [
      "an unknown action",
      /contacts\.crate[\s\S]*contacts\.create/,
      () => writeProject(file, { ...base, workflows: step({ email: "x" }, "contacts.crate") }),
    ],
    [
      "an expression with an unknown root",
      /triger/,
      () => writeProject(file, { ...base, workflows: step({ email: "{{ triger.email }}" }) }),
    ],
    [
      "an expression that does not end",
      /\{\{|email/,
      () => writeProject(file, { ...base, workflows: step({ email: "{{ trigger.email" }) }),
    ],
    [
      "a field that is misspelt",
      /emial[\s\S]*email/,
      () => writeProject(file, { ...base, workflows: step({ firstname: "x", emial: "y" }) }),
    ],
    [
      "none of the fields of which one is needed",
      /at least one of `email`/,
      () => writeProject(file, { ...base, workflows: step({ jobtitle: "x" }) }),
    ],
    [
      "an id that is missing",
      /`id` is needed/,
      () => writeProject(file, { ...base, workflows: step({}, "contacts.get") }),
    ],
    [
      "a private key as public key",
      /private/i,
      () => writeProject(file, { ...base, publicKey: key.privateKey }),
    ],
    [
      "an environment variable that is not set",
      /NOT_SET_ANYWHERE/,
      () =>
        writeFileSync(
          file,
          "project: Acme\nintegrations:\n  hubspot:\n    app: { clientId: a, clientSecret: { env: NOT_SET_ANYWHERE } }\n",
        ),
    ],
  ];
  for (const [input, message, write] of cases) {
    write();
    const { status, stderr, stdout } = run(["apply", file, "--data", data]);
    note("project file", input, `exit ${status}: ${stderr.replaceAll(file, "wrong.yaml")}`);
    expect(status, `${input}: ${stdout}${stderr}`).toBe(1);
    expect(stderr, input).toMatch(message);
    expect(stderr, input).not.toContain("panicked");
  }
});

test("command line", () => {
  const data = emptyFolder("wrong-command-line");
  const cases: [string, number, RegExp, string[]][] = [
    ["no command", 2, /Usage/, []],
    ["an unknown command", 2, /serve|unrecognized/, ["sevre"]],
    ["an unknown flag", 2, /--listne/, ["serve", "--listne", "x"]],
    ["a file that is not there", 1, /nothing\.yaml/, ["apply", "nothing.yaml", "--data", data]],
    ["a listen address that is none", 1, /listen|address/i, ["serve", "--listen", "hello", "--data", data]],
    ["an unknown simulator", 1, /hubspot/, ["simulate", "hubspto"]],
    ["a key file that is not there", 1, /missing\.pem/, ["token", "--key", "missing.pem", "--project", project.projectId, "--sub", "x"]],
    ["a project id that is none", 2, /project/, ["token", "--key", "missing.pem", "--project", "x", "--sub", "x"]],
    ["a data directory in use", 1, /in use|another|lock/i, ["serve", "--data", server.data, "--listen", "127.0.0.1:0"]],
  ];
  for (const [input, status, message, args] of cases) {
    const answer = run(args);
    note("command line", input, `exit ${answer.status}: ${answer.stderr}`);
    expect(answer.status, `${input}: ${answer.stderr}`).toBe(status);
    expect(answer.stderr, input).toMatch(message);
    expect(answer.stderr, input).not.toContain("panicked");
  }
});

test("OAuth and the portal", async () => {
  const base = `${server.url}/projects/${project.projectId}/sdk/actions`;
  const token = userToken(key.privateKey, "user-1");
  const nonce = (changes: Record<string, string>) =>
    `${base}/oauth-nonce?${new URLSearchParams({
      action: "hubspot",
      integrationId: project.integrations.hubspot ?? "",
      originForPostMessage: "https://app.example.com",
      userToken: token,
      ...changes,
    })}`;
  const cases: [string, string][] = [
    ["an origin that is not allowed", nonce({ originForPostMessage: "https://evil.example" })],
    ["markup as origin", nonce({ originForPostMessage: '"><script>alert(1)</script>' })],
    ["a token that is none", nonce({ userToken: "x" })],
    ["an integration that is not there", nonce({ integrationId: "0197b7c3-0000-7000-8000-000000000000" })],
    ["a callback with an unknown state", `${server.url}/oauth?code=x&state=y`],
    ["a callback without anything", `${server.url}/oauth`],
  ];
  for (const [input, url] of cases) {
    const answer = await fetch(url);
    const text = await answer.text();
    const words = text
      .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ");
    note("OAuth", input, `${answer.status} ${words}`);
    expect(answer.status, `${input}: ${words}`).toBeGreaterThanOrEqual(400);
    expect(answer.status, input).toBeLessThan(500);
    expect(text, input).not.toContain("<script>alert(1)");
    expect(words.trim().length, input).toBeGreaterThan(10);
  }
});

test("what is no HTTP of ours", async () => {
  const status = await new Promise<number>((resolve, reject) => {
    rawRequest({ host: "127.0.0.1", port: new URL(server.url).port, path: "/projects/%ff%00/sdk/me" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
  note("address", "bytes that are no text in a path", String(status));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
});

/** The unmodified `@useparagon/connect` 2.4.0: set-up. Numbers are those of the client SDK's wire contract. */
import { request as rawRequest } from "node:http";
import { expect, test } from "@playwright/test";
import { call, hubspot } from "../src/paragon-page.ts";
import { emptyFolder, freePort, Program } from "../src/processes.ts";
import { EXAMPLE } from "../src/project-file.ts";
import { userToken } from "../src/tokens.ts";
import { asUser, credentials, key, signedIn, useWorld } from "./world.ts";

const world = useWorld("set-up");

test("1. with all nine overrides no request leaves the server's origin", async ({ page }) => {
  const origins = new Set<string>();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  await signedIn(page, "one", world.acme);
  await call(page, "event", "Contact Created", EXAMPLE);
  expect([...origins]).toEqual([world.server.url]);
});

test("2. an integration's icon is served", async ({ page }) => {
  await signedIn(page, "two", world.acme);
  const metadata = await page.evaluate(() => window.paragon.getIntegrationMetadata());
  expect(metadata.map(({ type, name }) => ({ type, name }))).toEqual([{ type: "hubspot", name: "HubSpot" }]);
  expect(metadata[0]?.icon).toBe(`${world.server.url}/integrations/hubspot.svg`);
  const icon = await fetch(metadata[0]?.icon ?? "");
  expect(icon.status).toBe(200);
  expect(icon.headers.get("content-type")).toContain("image/svg+xml");
  expect(await icon.text()).toContain("<svg");
});

test("3. the portal's page can be framed from anywhere", async ({ page }) => {
  for (const path of ["/ui", `/ui?projectId=${world.acme.projectId}`]) {
    const answer = await fetch(world.server.url + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("x-frame-options")).toBeNull();
  }
  await expect(page.locator("#paragon-connect-frame")).toHaveAttribute("src", `${world.server.url}/ui`);
  await expect.poll(() => page.frames().some((frame) => frame.url().startsWith(`${world.server.url}/ui`))).toBe(true);
});

test("4. preflights succeed on every door, for any header", async () => {
  const asked = "authorization,content-type,x-paragon-sdk-version,x-paragon-credential,x-paragon-configuration-id,x-my-own";
  const doors = [
    "sdk/me",
    "sdk/integrations",
    "sdk/events/trigger",
    "sdk/workflows/0197b7c3-0000-7000-8000-000000000000",
    "sdk/proxy/hubspot/crm/anything",
    "sdk/credentials",
    "sdk/actions/session-id/abc",
    "triggers",
  ].flatMap((door) => [`/projects/${world.acme.projectId}/${door}`, `/v2/projects/${world.acme.projectId}/${door}`]);
  for (const door of doors) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await fetch(world.server.url + door, {
        method: "OPTIONS",
        headers: {
          origin: world.host.origin,
          "access-control-request-method": method,
          "access-control-request-headers": asked,
        },
      });
      expect(answer.ok, `${method} ${door}`).toBe(true);
      const allowed = (answer.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/\s*,\s*/);
      expect(asked.split(",").filter((header) => !allowed.includes(header)), door).toEqual([]);
      expect(answer.headers.get("access-control-allow-methods"), door).toContain(method);
      expect(["*", world.host.origin]).toContain(answer.headers.get("access-control-allow-origin"));
      expect(answer.headers.get("access-control-allow-credentials"), door).toBeNull();
    }
  }
});

test("5. an error can be read by the page", async ({ page }) => {
  const body = await page.evaluate(
    async (url) => (await (await fetch(url, { headers: { authorization: "Bearer nonsense" } })).json()) as unknown,
    `${world.server.url}/projects/${world.acme.projectId}/sdk/me`,
  );
  expect(body).toMatchObject({ status: 401, code: expect.any(String), message: expect.any(String) });
});

test("6. no address but the proxy door's has `proxy` in it, and such a host name is warned about", async () => {
  const description = (await (await fetch(`${world.server.url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  const paths = Object.keys(description.paths);
  expect(paths.length).toBeGreaterThan(10);
  const wrong = paths.filter((path) => path.includes("proxy") && !path.includes("/sdk/proxy/"));
  expect(wrong).toEqual([]);
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const warned = Program.start("a server behind `my-proxy`", [
    "serve", "--listen", listen, "--data", emptyFolder("warned"), "--public-url", "https://my-proxy.example.com",
  ]);
  await warned.ready(`http://${listen}/readyz`);
  expect(warned.output).toMatch(/warn[^\n]*proxy/i);
  await warned.stop();
});

test("7. a doubled leading slash is served", async () => {
  // `fetch` keeps it, as the SDK's own requests do.
  const token = userToken(key.privateKey, "seven");
  const status = await new Promise((resolve, reject) => {
    rawRequest(
      { host: "127.0.0.1", port: new URL(world.server.url).port, path: `//projects/${world.acme.projectId}/sdk/me`, headers: asUser(token) },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    )
      .on("error", reject)
      .end();
  });
  expect(status).toBe(200);
});

test("69. an OAuth integration says so", async () => {
  const answer = await fetch(`${world.server.url}/projects/${world.acme.projectId}/sdk/integrations`, {
    headers: asUser(userToken(key.privateKey, "sixty-nine")),
  });
  const integrations = (await answer.json()) as Record<string, unknown>[];
  expect(integrations).toHaveLength(1);
  expect(integrations[0]).toMatchObject({
    type: "hubspot",
    authenticationType: "oauth",
    needPreOauthInputs: false,
    isActive: true,
    sdkIntegrationConfig: { accountTypes: [], postOauthInputs: [] },
  });
  expect((integrations[0]?.configs as unknown[]).length).toBe(1);
});

test("70. every credential has one default configuration, and it comes first", async () => {
  for (const sub of ["double", "proxied"]) {
    const found = await credentials(world.server, world.direct, userToken(key.privateKey, sub));
    expect(found.length).toBeGreaterThan(0);
    for (const credential of found) {
      expect(credential.configurations.map((each) => each.isDefault)).toEqual([true]);
    }
  }
});

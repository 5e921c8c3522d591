/**
 * Webhooks of providers that are described by their manifests alone: Slack's handshake and signing secret, Stripe's
 * signature of parts and accounts of a platform, Shopify's headers. The simulators, in processes of their own, sign and
 * send them; what a workflow then does shows at the simulator.
 */
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { emptyFolder, until } from "./src/processes.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair } from "./src/tokens.ts";

const SECRETS = { SLACK_SIGNING_SECRET: "slack-signing-marker", STRIPE_WEBHOOK_SECRET: "whsec_marker" };
const APP = { clientId: "acme", clientSecret: "shopify-secret-marker" };

function workflow(event: string, action: string, inputs: Record<string, string>) {
  return { trigger: { provider: { event } }, defaultEnabled: true, steps: [{ done: { action, inputs } }] };
}

async function records(simulator: Simulator, resource: string): Promise<Record<string, unknown>[]> {
  const answer = await fetch(`${simulator.url}/_simulator/records/${resource}`);
  const { results } = (await answer.json()) as { results: { properties: Record<string, unknown> }[] };
  return results.map((record) => record.properties);
}

test("Slack, Stripe and Shopify start workflows by signed webhooks", async () => {
  test.setTimeout(120_000);
  const [slack, stripe, shopify] = await Promise.all([
    Simulator.start("slack"),
    Simulator.start("stripe"),
    Simulator.start("shopify"),
  ]);
  for (const simulator of [slack, shopify]) await simulator.accept("imported-token");
  const server = await Server.start({
    data: emptyFolder("connector-webhooks"),
    allow: [slack.host, stripe.host, shopify.host],
  });
  const imported = { externalId: "main", accessToken: "imported-token", expiresAt: "2035-01-01T00:00:00Z" };
  const file = server.path("project.yaml");
  const integration = (url: string, scopes: string[], workflows: Record<string, unknown>) => ({
    active: true,
    app: { ...APP, ...(scopes.length > 0 ? { scopes } : {}) },
    baseUrls: { api: url },
    workflows,
  });
  writeFileSync(
    file,
    JSON.stringify({
      project: "Connector webhooks",
      signingKeys: [{ name: "backend", publicKey: newKeyPair().publicKey }],
      secrets: SECRETS,
      integrations: {
        slack: integration(slack.url, ["chat:write", "channels:read", "channels:history"], {
          "New channel": workflow("channels.created", "messages.post", {
            channel: "C0000001",
            text: "made: {{ trigger.channel.name }}",
          }),
          Answer: workflow("messages.received", "messages.post", {
            channel: "{{ trigger.channel }}",
            text: "you said: {{ trigger.text }}",
          }),
        }),
        stripe: {
          active: true,
          baseUrls: { api: stripe.url },
          workflows: {
            "Product for customer": workflow("customers.created", "products.create", { name: "for {{ trigger.object.email }}" }),
          },
        },
        shopify: integration(shopify.url, ["read_customers", "write_products"], {
          "New customer": workflow("customers.created", "products.create", { title: "for {{ trigger.email }}" }),
        }),
      },
      connectedUsers: {
        ann: {
          credentials: {
            slack: { ...imported, providerId: "T0000ACME" },
            stripe: { externalId: "main", inputs: { apiKey: "sk_test_acme" }, providerId: "acct_acme" },
            shopify: { ...imported, inputs: { shop: "acme" }, providerId: "acme.myshopify.com" },
          },
        },
      },
    }),
  );
  const { projectId, integrations } = server.apply(file);
  const hook = (kind: string) => `${server.url}/hooks/${projectId}/${integrations[kind]}`;

  await test.step("Slack's handshake is answered when it is signed, and not otherwise", async () => {
    const body = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1aBm2rZgRNFdxV" });
    const sent = async (secret: string, seconds: number) => {
      const signature = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
      const headers = { "x-slack-signature": `v0=${signature}`, "x-slack-request-timestamp": String(seconds) };
      return await fetch(hook("slack"), { method: "POST", headers, body });
    };
    const now = Math.floor(Date.now() / 1000);
    const answer = await sent(SECRETS.SLACK_SIGNING_SECRET, now);
    expect([answer.status, await answer.json()]).toEqual([200, { challenge: "3eZbrw1aBm2rZgRNFdxV" }]);
    expect((await sent("another", now)).status).toBe(401);
    expect((await sent(SECRETS.SLACK_SIGNING_SECRET, now - 600)).status).toBe(401);
  });

  await slack.sendWebhooks({ url: hook("slack"), secret: SECRETS.SLACK_SIGNING_SECRET, duplicates: true });
  await stripe.sendWebhooks({ url: hook("stripe"), secret: SECRETS.STRIPE_WEBHOOK_SECRET, duplicates: true });
  await shopify.sendWebhooks({ url: hook("shopify"), secret: APP.clientSecret, duplicates: true });

  const call = async (url: string, headers: Record<string, string>, body: string) => {
    const answer = await fetch(url, { method: "POST", headers, body });
    expect(answer.ok, await answer.text()).toBe(true);
  };
  const json = { "content-type": "application/json" };
  const bearer = { authorization: "Bearer imported-token" };
  await call(`${slack.url}/api/conversations.create`, { ...json, ...bearer }, JSON.stringify({ name: "acme-leads" }));
  await call(
    `${stripe.url}/v1/customers`,
    { "content-type": "application/x-www-form-urlencoded", authorization: "Bearer sk_test_acme" },
    "email=ann%40example.com",
  );
  await call(
    `${shopify.url}/admin/api/2026-01/customers.json`,
    { ...json, "x-shopify-access-token": "imported-token" },
    JSON.stringify({ customer: { email: "ann@example.com" } }),
  );
  // What a person writes, and what the app itself has written: that would start what wrote it again.
  const message = (id: string, text: string, more: Record<string, string>) => ({
    type: "event_callback",
    team_id: "T0000ACME",
    event_id: id,
    event: { type: "message", channel: "C0000002", user: "U0000001", text, ts: "1764000000.000101", ...more },
  });
  await call(
    `${slack.url}/_simulator/webhooks/events`,
    json,
    JSON.stringify([message("Ev900", "hello", {}), message("Ev901", "mine", { bot_id: "B1" })]),
  );

  const texts = async () => (await records(slack, "messages")).map((record) => String(record.text)).sort();
  await until("the messages", texts, (found) => found.length >= 2);
  await until("Stripe's product", () => records(stripe, "products"), (found) => found.length > 0);
  await until("Shopify's product", () => records(shopify, "products"), (found) => found.length > 0);
  // Second deliveries would have run by now.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await texts()).toEqual(["made: acme-leads", "you said: hello"]);
  expect((await records(stripe, "products")).map((record) => record.name)).toEqual(["for ann@example.com"]);
  expect((await records(shopify, "products")).map((record) => record.title)).toEqual(["for ann@example.com"]);
  expect(await server.program.stop()).toBe(0);
  for (const simulator of [slack, stripe, shopify]) await simulator.program.stop();
});

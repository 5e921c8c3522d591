/**
 * The official MCP client against the server: an agent of a user lists tools, calls them, meets errors, and is
 * refused without a good token. `MCP_TRANSCRIPT=<file>` writes what was said.
 */
import { writeFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { emptyFolder } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

type Outcome = { isError?: boolean; content: { type: string; text: string }[]; structuredContent?: never };

test("an agent uses a customer's accounts through MCP", async () => {
  const said: string[] = [];
  const simulator = await Simulator.start();
  await simulator.accept("access-0");
  const server = await Server.start({ data: emptyFolder("mcp"), allow: [simulator.host] });
  const admin = await Admin.setUp(server);
  const { privateKey, publicKey } = newKeyPair();
  const file = server.path("project.yaml");
  writeProject(file, {
    project: "Agents",
    publicKey,
    provider: simulator.url,
    connectedUsers: { "user-0": imported(0) },
  });
  const { projectId } = server.apply(file);

  /** The client's own transport, with a note of every message. */
  const connect = async (token: string): Promise<Client> => {
    const client = new Client({ name: "test-agent", version: "1.0.0" });
    const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}`, "x-linchpin-project": projectId } },
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        if (init?.method === "POST") {
          const text = await answer.clone().text();
          said.push(`→ ${String(init.body)}`, `← ${answer.status} ${text}`);
        }
        return answer;
      },
    });
    await client.connect(transport);
    return client;
  };
  const call = async (client: Client, name: string, args: Record<string, unknown>): Promise<Outcome> =>
    (await client.callTool({ name, arguments: args })) as unknown as Outcome;

  await test.step("without a good token nothing is said", async () => {
    await expect(connect("nonsense")).rejects.toThrow(/401|Unauthorized|token/i);
    said.length = 0;
  });

  const agent = await connect(userToken(privateKey, "user-0"));
  expect(agent.getServerVersion()?.name).toBe("linchpin");
  const { tools } = await agent.listTools();
  const create = tools.find(({ name }) => name === "HUBSPOT_CONTACTS_CREATE");
  expect(create?.inputSchema.type).toBe("object");
  expect(create?.annotations?.readOnlyHint).toBe(false);
  const associate = tools.find(({ name }) => name === "HUBSPOT_ASSOCIATIONS_LABELS");
  expect(Object.keys(associate?.outputSchema?.properties ?? {})).toEqual(["results"]);

  const made = await call(agent, "HUBSPOT_CONTACTS_CREATE", { email: "ann@example.com", firstname: "Ann" });
  expect(made.isError).toBe(false);
  expect(made.structuredContent).toMatchObject({ properties: { email: "ann@example.com" } });
  const found = await call(agent, "HUBSPOT_CONTACTS_SEARCH", { query: "ann@example.com" });
  expect(found.structuredContent).toMatchObject({ total: 1 });

  const conflict = await call(agent, "HUBSPOT_CONTACTS_CREATE", { email: "ann@example.com" });
  expect(conflict.isError).toBe(true);
  expect(conflict.content[0]?.text).toContain("upsert");
  const unfit = await call(agent, "HUBSPOT_CONTACTS_CREATE", { emial: "x" });
  expect(unfit.content[0]?.text).toContain("did you mean `email`?");
  await expect(agent.callTool({ name: "HUBSPOT_NOTHING", arguments: {} })).rejects.toThrow(/Unknown tool/);

  await test.step("an agent subscribes to what happens, and ends that again", async () => {
    const { structuredContent: known } = await call(agent, "LIST_TRIGGERS", { integration: "hubspot" });
    expect((known as unknown as { triggers: { trigger: string }[] }).triggers).toContainEqual(
      expect.objectContaining({ trigger: "HUBSPOT_CONTACTS_CREATED" }),
    );
    const wish = { trigger: "HUBSPOT_CONTACTS_CREATED", url: "https://agent.example.com/events" };
    const { structuredContent: made } = await call(agent, "SUBSCRIBE_TO_TRIGGER", wish);
    expect(made).toMatchObject({ ...wish, enabled: true, secret: expect.stringMatching(/^whsec_/) });
    const { id } = made as unknown as { id: string };
    const listed = await call(agent, "LIST_TRIGGER_SUBSCRIPTIONS", {});
    expect(listed.structuredContent).toMatchObject({ subscriptions: [{ id, trigger: wish.trigger }] });
    expect(JSON.stringify(listed)).not.toContain("whsec_");
    const wrong = await call(agent, "SUBSCRIBE_TO_TRIGGER", { ...wish, url: "http://127.0.0.1/events" });
    expect(wrong.isError).toBe(true);
    expect((await call(agent, "UNSUBSCRIBE_FROM_TRIGGER", { id })).isError).toBe(false);
    const after = await call(agent, "LIST_TRIGGER_SUBSCRIPTIONS", {});
    expect(after.structuredContent).toEqual({ subscriptions: [] });
  });

  await test.step("who has connected nothing is given a link for the user", async () => {
    const other = await connect(userToken(privateKey, "newcomer"));
    expect((await other.listTools()).tools.map(({ name }) => name)).toEqual(["CONNECT_ACCOUNT"]);
    const link = await call(other, "CONNECT_ACCOUNT", { integration: "hubspot" });
    expect(link.structuredContent).toMatchObject({ connected: false });
    expect(link.content[0]?.text).toContain(`${server.url}/connect/`);
    await other.close();
  });

  await test.step("every call stands in Task History", async () => {
    const { items } = await admin.call<{ items: { state: string; trigger: { kind: string; name: string } }[] }>(
      "GET",
      `/projects/${projectId}/runs`,
    );
    expect(items.map(({ state, trigger }) => `${trigger.kind} ${trigger.name} ${state}`)).toEqual([
      "tool contacts.create failed",
      "tool contacts.create failed",
      "tool contacts.search succeeded",
      "tool contacts.create succeeded",
    ]);
  });
  await agent.close();
  if (process.env.MCP_TRANSCRIPT) writeFileSync(process.env.MCP_TRANSCRIPT, `${said.join("\n")}\n`);
  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});

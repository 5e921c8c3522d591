/** Event destinations as an admin uses them, with a real receiver, and across a power cut. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, signIn } from "./src/dashboard.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";

interface Received {
  headers: IncomingHttpHeaders;
  text: string;
  body: { id: string; type: string; test?: boolean; data: Record<string, Record<string, unknown>> };
}

/** An endpoint that remembers what it got. While it is held it does not answer. */
class Receiver {
  readonly received: Received[] = [];
  status = 200;
  held = false;

  private constructor(private readonly server: HttpServer) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const receiver = new Receiver(server);
    server.on("request", (request, answer) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        receiver.received.push({ headers: request.headers, text, body: JSON.parse(text) });
        if (!receiver.held) answer.writeHead(receiver.status).end(`Thanks, says the receiver (${receiver.status})`);
      });
    });
    return receiver;
  }

  get host(): string {
    // It listens on a port.
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/events`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
  const code = createHmac("sha256", key).update(content).digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${code}`);
}

let server: Server;
let admin: Admin;
let receiver: Receiver;
let projectId = "";
let workflowId = "";
let secret = "";

test.beforeAll(async () => {
  receiver = await Receiver.start();
  server = await Server.start({ data: emptyFolder("event-destinations"), allow: [receiver.host] });
  admin = await Admin.setUp(server);
  projectId = (await admin.call<{ id: string }>("POST", "/projects", { name: "Acme CRM" })).id;
  const { id: integrationId } = await admin.call<{ id: string }>("POST", `/projects/${projectId}/integrations`, {
    type: "hubspot",
  });
  const workflow = { integrationId, name: "Sync contacts" };
  workflowId = (await admin.call<{ id: string }>("POST", `/projects/${projectId}/workflows`, workflow)).id;
  await admin.call("POST", `/projects/${projectId}/app-events`, { name: "Contact Created", example: { email: "a@b.c" } });
  const definition = {
    trigger: { appEvent: "Contact Created" },
    steps: [{ key: "wait", delay: { amount: 1, unit: "seconds" } }],
  };
  await admin.call("PUT", `/projects/${projectId}/workflows/${workflowId}/draft`, { revision: 1, definition });
});

test.afterAll(async () => {
  await server?.program.stop();
  receiver?.stop();
});

const deploy = () => admin.call("POST", `/projects/${projectId}/workflows/${workflowId}/deploy`, {});
const settings = (page: Page) => page.goto(`${server.url}/app/p/${projectId}/settings/event-destinations`);

test("I add a webhook, keep its secret, and see in a test what my receiver answers", async ({ page }) => {
  await signIn(page, server);
  await settings(page);
  await expect(page.getByRole("heading", { name: "No event destinations yet" })).toBeVisible();
  await accessible(page);
  await shot(page, "60-event-destinations-empty");
  await page.getByRole("button", { name: "Add destination" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("On-call");
  await dialog.getByLabel("Address").fill("http://10.0.0.1/events");
  await dialog.getByRole("checkbox", { name: /workflow was deployed/ }).check();
  await accessible(page);
  await shot(page, "61-event-destination-add");
  await dialog.getByRole("button", { name: "Add destination" }).click();
  await expect(dialog.getByText(/is not called without https/)).toBeVisible();
  // It stands far above the button.
  await expect(dialog.getByLabel("Address")).toBeFocused();
  await dialog.getByLabel("Address").fill(receiver.url);
  await dialog.getByRole("button", { name: "Add destination" }).click();
  secret = await dialog.locator("code").innerText();
  expect(secret).toMatch(/^whsec_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const card = page.getByRole("region", { name: "On-call" });
  await expect(card).toContainText(receiver.url);
  await expect(card).toContainText("On");
  expect(await page.content()).not.toContain(secret);

  receiver.status = 418;
  await card.getByRole("button", { name: "Send test to On-call" }).click();
  const testing = page.getByRole("dialog", { name: "Test On-call" });
  await testing.getByRole("button", { name: "Send test" }).click();
  await expect(testing.getByText("Thanks, says the receiver (418)")).toBeVisible();
  await expect(testing.getByText("It answered 418.")).toBeVisible();
  receiver.status = 200;
  await testing.getByRole("button", { name: "Send again" }).click();
  await expect(testing.getByText("Thanks, says the receiver (200)")).toBeVisible();
  await expect(testing.getByText("Delivered")).toBeVisible();
  await accessible(page);
  await shot(page, "62-event-destination-test");
  const [first] = receiver.received;
  expect(first?.body.test).toBe(true);
  expect(first && isSigned(first, secret)).toBe(true);
});

test("I send Slack its own words, with a header that nobody sees again", async ({ page }) => {
  await signIn(page, server);
  await settings(page);
  await page.getByRole("region", { name: "On-call" }).getByRole("button", { name: "More about On-call" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit On-call" });
  await dialog.getByRole("button", { name: "Add header" }).click();
  await dialog.getByRole("textbox", { name: "Name of header 1" }).fill("X-Team-Key");
  await dialog.getByLabel("Value of header 1").fill("hush-hush");
  await dialog.getByRole("radio", { name: "Made of a template" }).check();
  await dialog.getByRole("button", { name: "Slack" }).click();
  const template = dialog.getByRole("textbox", { name: "Template" });
  await expect(template).toContainText("event.project.name");
  await accessible(page);
  await shot(page, "62-event-destination-template");
  await template.fill('{ "text": "{{ trigger.email }}" }');
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog.getByText(/there is no `trigger` here/i)).toBeVisible();
  await template.fill('{ "text": "{{ event.type }} in {{ event.project.name }}", "test": "{{ event.test }}" }');
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole("button", { name: "Send test to On-call" }).click();
  const testing = page.getByRole("dialog", { name: "Test On-call" });
  await testing.getByRole("button", { name: "Send test" }).click();
  await expect(testing.getByText(/in Acme CRM/)).toBeVisible();
  const got = receiver.received.at(-1);
  expect(got?.headers["x-team-key"]).toBe("hush-hush");
  expect(JSON.parse(got?.text ?? "")).toMatchObject({ text: expect.stringContaining("in Acme CRM"), test: true });
  await shot(page, "62-event-destination-template-test");
  await page.keyboard.press("Escape");

  // Opened again, its name is there and its value is not; it goes with its row.
  await page.getByRole("region", { name: "On-call" }).getByRole("button", { name: "More about On-call" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name of header 1" })).toHaveValue("x-team-key");
  await expect(dialog.getByLabel("Value of header 1")).toHaveValue("");
  expect(await page.content()).not.toContain("hush-hush");
  await dialog.getByRole("button", { name: "Remove header 1" }).click();
  await dialog.getByRole("radio", { name: "The whole event" }).check();
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();
  const { items } = await admin.call<{ items: { headers: string[]; payload: unknown }[] }>(
    "GET",
    `/projects/${projectId}/event-destinations`,
  );
  expect(items[0]).toMatchObject({ headers: [], payload: null });
});

test("a power cut while my receiver thinks loses no event, and I find it in the log", async ({ page }) => {
  receiver.received.length = 0;
  receiver.held = true;
  await deploy();
  await until("the webhook", async () => receiver.received.length, (count) => count === 1);
  await server.program.kill();
  receiver.held = false;
  await server.restart();
  await until("the webhook again", async () => receiver.received.length, (count) => count === 2);
  const [cut, again] = receiver.received;
  expect(cut?.body.type).toBe("workflow.deployed");
  expect(again?.headers["webhook-id"]).toBe(cut?.headers["webhook-id"]);
  expect(again?.text).toBe(cut?.text);
  expect(again && isSigned(again, secret)).toBe(true);

  receiver.status = 500;
  await deploy();
  await until("the next webhook", async () => receiver.received.length, (count) => count === 3);
  await signIn(page, server);
  await settings(page);
  const card = page.getByRole("region", { name: "On-call" });
  await expect(card).toContainText("1 attempt in a row failed; at 20 it is disabled.");
  await expect(card).toContainText("1 waiting");
  await shot(page, "63-event-destinations-failing");
  await card.getByRole("button", { name: "Deliveries of On-call" }).click();
  const log = page.getByRole("table", { name: "Deliveries" });
  await expect(log.getByRole("row", { name: /workflow\.deployed.*Delivered.*Answered 200/ })).toBeVisible();
  const failing = log.getByRole("row", { name: /workflow\.deployed.*Waiting.*Answered 500/ });
  await failing.getByRole("button", { name: "Details of workflow.deployed" }).click();
  await expect(page.getByText("It answered 500.")).toBeVisible();
  await accessible(page);
  await shot(page, "64-event-deliveries");
  receiver.status = 200;
  await failing.getByRole("button", { name: "Send again: workflow.deployed" }).click();
  // By hand, and on a slow machine by itself as well.
  await until("once more", async () => receiver.received.length, (count) => count >= 4);
  await expect(log.getByRole("row", { name: /Waiting/ })).toHaveCount(0);
  expect(receiver.received[3]?.headers["webhook-id"]).toBe(receiver.received[2]?.headers["webhook-id"]);
});

test("I change, disable and delete a destination", async ({ page }) => {
  receiver.received.length = 0;
  await signIn(page, server);
  await settings(page);
  const more = async (item: string) => {
    await page.getByRole("button", { name: "More about On-call" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await more("Edit");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /All/ }).check();
  await dialog.getByRole("button", { name: "Save changes" }).click();
  const card = page.getByRole("region", { name: "On-call" });
  await expect(card).toContainText("All events");
  await more("New secret");
  await dialog.getByRole("button", { name: "Make new secret" }).click();
  const renewed = await dialog.locator("code").innerText();
  expect(renewed).not.toBe(secret);
  await dialog.getByRole("button", { name: "Done" }).click();
  await deploy();
  await until("a webhook with both", async () => receiver.received.length, (count) => count === 1);
  const last = receiver.received[0];
  expect(last && isSigned(last, renewed) && isSigned(last, secret)).toBe(true);
  await more("Disable");
  await expect(card).toContainText("Off");
  await deploy();
  // On a narrow screen everything is still there.
  await page.setViewportSize({ width: 400, height: 800 });
  await expect(card.getByRole("button", { name: "Deliveries of On-call" })).toBeVisible();
  await accessible(page);
  await shot(page, "65-event-destinations-narrow");
  await more("Delete");
  await dialog.getByRole("button", { name: "Delete destination" }).click();
  await expect(page.getByRole("heading", { name: "No event destinations yet" })).toBeVisible();
  expect(receiver.received).toHaveLength(1);
});

test("e-mail is refused while the operator has set no mail server, in words that help", async ({ page }) => {
  await signIn(page, server);
  await settings(page);
  await page.getByRole("button", { name: "Add destination" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("E-mail", { exact: true }).click();
  await dialog.getByLabel("Name").fill("Team");
  await dialog.getByLabel("Addresses").fill("ops@example.com,");
  await dialog.getByRole("button", { name: "Add destination" }).click();
  await expect(dialog.getByText(/its operator must set mail.host/)).toBeVisible();
});

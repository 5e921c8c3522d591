/** The workflow editor on a server of its own: a project whose users have imported accounts, and a member signed in. */
import { expect, type Locator, type Page } from "@playwright/test";
import { Admin } from "./admin.ts";
import { emptyFolder } from "./processes.ts";
import { imported, writeProject } from "./project-file.ts";
import { Server } from "./server.ts";
import { Simulator } from "./simulator.ts";
import { type KeyPair, newKeyPair, userToken } from "./tokens.ts";

export class EditorWorld {
  private constructor(
    readonly simulator: Simulator,
    readonly server: Server,
    readonly admin: Admin,
    readonly key: KeyPair,
    readonly projectId: string,
    readonly workflows: Record<string, string>,
  ) {}

  static async start(name: string, workflows: Record<string, unknown>): Promise<EditorWorld> {
    const key = newKeyPair();
    const simulator = await Simulator.start();
    const server = await Server.start({ data: emptyFolder(name), allow: [simulator.host] });
    const admin = await Admin.setUp(server);
    const on = Object.fromEntries(Object.keys(workflows).map((workflow) => [workflow, { enabled: true }]));
    const user = (number: number, named: string) => {
      const account = imported(number).credentials.hubspot;
      return { metadata: { Name: named, plan: "pro" }, credentials: { hubspot: { ...account, workflows: on } } };
    };
    await simulator.accept("access-1");
    await simulator.accept("access-2");
    writeProject(server.path("acme.yaml"), {
      project: "Acme",
      publicKey: key.publicKey,
      provider: simulator.url,
      workflows,
      connectedUsers: { ann: user(1, "Ann"), bob: user(2, "Bob") },
    });
    const applied = server.apply(server.path("acme.yaml"));
    return new EditorWorld(simulator, server, admin, key, applied.projectId, applied.workflows);
  }

  async stop(): Promise<void> {
    await this.server.program.stop();
    await this.simulator.program.stop();
  }

  async signIn(page: Page): Promise<void> {
    await page.goto(`${this.server.url}/app/`);
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery staple");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("navigation", { name: "Project" })).toBeVisible();
  }

  async open(page: Page, workflow: string): Promise<Editor> {
    await page.goto(`${this.server.url}/app/p/${this.projectId}/workflows/${this.workflows[workflow]}`);
    const editor = new Editor(page);
    await expect(editor.canvas).toBeVisible();
    return editor;
  }

  /** A further workflow, as a draft. */
  async create(name: string, definition: unknown): Promise<void> {
    const at = `/projects/${this.projectId}`;
    const { items } = await this.admin.call<{ items: { id: string }[] }>("GET", `${at}/integrations`);
    const { id } = await this.admin.call<{ id: string }>("POST", `${at}/workflows`, {
      name,
      integrationId: items[0]?.id,
    });
    await this.admin.call("PUT", `${at}/workflows/${id}/draft`, { revision: 1, definition });
    this.workflows[name] = id;
  }

  /** Switches a workflow on, as the portal does for a user. */
  async enable(user: string, workflow: string): Promise<void> {
    const path = `/projects/${this.projectId}/sdk/workflows/${this.workflows[workflow]}`;
    const answer = await this.asUser(user, path, {});
    expect(answer.status).toBe(200);
  }

  /** Sends an App Event as a user's backend does. */
  async event(user: string, name: string, payload: Record<string, unknown>): Promise<void> {
    const answer = await this.asUser(user, `/projects/${this.projectId}/sdk/events/trigger`, { name, payload });
    expect(answer.status).toBe(201);
  }

  private asUser(user: string, path: string, body: unknown): Promise<Response> {
    return fetch(`${this.server.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${userToken(this.key.privateKey, user)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
  }
}

/** The editor as a person sees it. */
export class Editor {
  readonly canvas: Locator;
  readonly inspector: Locator;

  constructor(readonly page: Page) {
    this.canvas = page.getByRole("region", { name: "Workflow canvas" });
    this.inspector = page.getByRole("complementary", { name: "Inspector" });
  }

  /** The step on the canvas. */
  step(name: string): Locator {
    return this.canvas.locator("button[aria-pressed]").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** What the steps are called, in the order of the drawing: from top to bottom, then from left to right. */
  async order(): Promise<string[]> {
    const placed = await this.canvas.locator("button[aria-pressed]").evaluateAll((nodes) =>
      nodes.map((node) => {
        const { top, left } = node.getBoundingClientRect();
        return { top: Math.round(top), left, name: node.querySelector("span span")?.textContent ?? "" };
      }),
    );
    return placed.sort((a, b) => a.top - b.top || a.left - b.left).map(({ name }) => name);
  }

  async all(): Promise<void> {
    await this.canvas.getByRole("button", { name: "Fit View" }).click();
    await this.still();
  }

  /** Waits until the canvas no longer moves. */
  async still(): Promise<void> {
    const place = () => this.canvas.locator(".react-flow__viewport").getAttribute("style");
    let before = "";
    await expect(async () => {
      const now = (await place()) ?? "";
      const same = now === before;
      before = now;
      expect(same).toBe(true);
    }).toPass();
  }

  async saved(): Promise<void> {
    await expect(this.page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  }

  async field(name: string): Promise<Locator> {
    return this.inspector.getByRole("textbox", { name, exact: true });
  }
}

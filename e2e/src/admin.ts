/** The management API, as the dashboard calls it. */
import type { Server } from "./server.ts";

export class Admin {
  private constructor(
    private readonly base: string,
    private readonly cookie: string,
    private readonly csrf: string,
  ) {}

  /** Uses the one-time set-up link. */
  static async setUp(server: Server): Promise<Admin> {
    const token = new URL(server.setupLink).searchParams.get("token");
    const answer = await fetch(`${server.url}/api/v1/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, name: "Ada", email: "ada@example.com", password: "correct horse battery staple" }),
    });
    if (answer.status !== 201) throw new Error(`set-up was answered ${answer.status}: ${await answer.text()}`);
    const cookie = answer.headers.getSetCookie().map((text) => text.split(";")[0]).join("; ");
    const { csrfToken } = (await answer.json()) as { csrfToken: string };
    return new Admin(`${server.url}/api/v1`, cookie, csrfToken);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.base}${path}`, {
      method,
      headers: { cookie: this.cookie, "x-linchpin-csrf": this.csrf, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

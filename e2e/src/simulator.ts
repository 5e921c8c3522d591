/** The provider's simulator, in a process of its own, and its admin door. */
import { freePort, Program } from "./processes.ts";

export interface Contact {
  id: string;
  properties: Record<string, string | null>;
  createdAt: string;
}

export class Simulator {
  private constructor(
    readonly url: string,
    readonly program: Program,
  ) {}

  /** On `localhost`, while the server is on `127.0.0.1`: to a browser these are different sites. */
  static async start(connector = "hubspot"): Promise<Simulator> {
    const port = await freePort();
    const program = Program.start("the simulator", ["simulate", connector, "--listen", `127.0.0.1:${port}`]);
    const url = `http://localhost:${port}`;
    await program.ready(url);
    return new Simulator(url, program);
  }

  get host(): string {
    return new URL(this.url).host;
  }

  async contacts(): Promise<Contact[]> {
    const answer = await fetch(`${this.url}/_simulator/records/contacts`);
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { results: Contact[] }).results;
  }

  /** How many calls it has had whose path has this part. */
  async calls(part: string): Promise<number> {
    const answer = await fetch(`${this.url}/_simulator/requests`);
    const { counts } = (await answer.json()) as { counts: Record<string, number> };
    return Object.entries(counts).reduce((sum, [path, count]) => (path.includes(part) ? sum + count : sum), 0);
  }

  async faults(faults: Record<string, unknown>): Promise<void> {
    await this.tell("faults", faults);
  }

  /** Makes an access token valid that no consent page gave out: that of an imported account. */
  async accept(accessToken: string): Promise<void> {
    await this.tell("tokens", { accessToken });
  }

  /** Signs and sends webhooks when records change. */
  async sendWebhooks(target: Record<string, unknown>): Promise<void> {
    await this.tell("webhooks", target);
  }

  private async tell(door: string, body: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.url}/_simulator/${door}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
  }

  async forget(): Promise<void> {
    await fetch(`${this.url}/_simulator/records`, { method: "DELETE" });
  }
}

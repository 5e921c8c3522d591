/** `linchpin serve` on a data directory. */
import { join } from "node:path";
import { freePort, must, Program } from "./processes.ts";

interface Setting {
  data: string;
  /** Hosts with ports that calls may go to although they are on loopback. */
  allow: string[];
  /** What browsers and providers call it, where that is not the address it listens on. */
  publicUrl?: string;
  /** A command that runs what follows it, as `env` does. */
  around?: string[];
}

export interface Applied {
  projectId: string;
  integrations: Record<string, string>;
  workflows: Record<string, string>;
}

export class Server {
  private constructor(
    readonly url: string,
    readonly data: string,
    private readonly env: Record<string, string>,
    public program: Program,
  ) {}

  static async start({ data, allow, publicUrl, around }: Setting): Promise<Server> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { LINCHPIN_EGRESS_ALLOW: allow.join(","), LINCHPIN_PUBLIC_URL: publicUrl ?? url };
    const server = new Server(url, data, env, Server.launch(url, data, env, around));
    await server.program.ready(`${url}/readyz`);
    return server;
  }

  private static launch(url: string, data: string, env: Record<string, string>, around?: string[]): Program {
    const args = ["serve", "--listen", new URL(url).host, "--data", data];
    return Program.start("linchpin serve", args, env, around);
  }

  /** Starts again on the same data and address, with more in its environment where that is asked for. */
  async restart(more: Record<string, string> = {}): Promise<void> {
    this.program = Server.launch(this.url, this.data, { ...this.env, ...more });
    await this.program.ready(`${this.url}/readyz`);
  }

  /** The one-time link that the first start prints. */
  get setupLink(): string {
    const link = /https?:\/\/\S+\/app\/setup\?token=[\w-]+/.exec(this.program.output)?.[0];
    if (!link) throw new Error(`no set-up link was printed:\n${this.program.output}`);
    return link;
  }

  /** Applies a project file on the data directory, beside the running server. */
  apply(file: string): Applied {
    return JSON.parse(must(["apply", file, "--data", this.data, "--json"], this.env)) as Applied;
  }

  path(name: string): string {
    return join(this.data, name);
  }
}

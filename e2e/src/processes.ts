/** Starting the real binary, and ending it: in order, or as a power cut would. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

export const here = join(import.meta.dirname, "..");
export const binary = process.env.LINCHPIN_BIN ?? join(here, "../target/debug/linchpin");

/** A port of loopback that nobody listens on just now. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  server.close();
  await once(server, "close");
  return address.port;
}

/** An empty folder for one test's data. */
export function emptyFolder(name: string): string {
  const folder = join(here, ".run", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A running program. What it printed is kept, for set-up links and for finding out what went wrong. */
export class Program {
  output = "";
  private ended: { code: number | null; signal: string | null } | undefined;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("exit", (code, signal) => {
      this.ended = { code, signal };
    });
  }

  /** `around` is a command that runs what follows it, as `env` does. */
  static start(name: string, args: string[], env: Record<string, string> = {}, around: string[] = []): Program {
    const [program, ...words] = [...around, binary, ...args];
    const child = spawn(program as string, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const started = new Program(name, child);
    running.add(started);
    return started;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.child.pid;
  }

  /** Waits until an address answers below 400. */
  async ready(url: string, within = 30_000): Promise<void> {
    const until = Date.now() + within;
    for (;;) {
      if (this.ended) throw new Error(`${this.name} ended (${JSON.stringify(this.ended)}):\n${this.output}`);
      const answer = await fetch(url).catch(() => undefined);
      if (answer && answer.status < 400) return;
      if (Date.now() > until) throw new Error(`${this.name} is not ready at ${url}:\n${this.output}`);
      await pause(50);
    }
  }

  /** Ends it as an operator does; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end("SIGTERM");
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    running.delete(this);
    if (!this.ended) {
      this.child.kill(signal);
      await once(this.child, "exit");
    }
    return this.ended?.code ?? null;
  }

  /** For the end of the test process, where nothing can be awaited. */
  abandon(): void {
    if (!this.ended) this.child.kill("SIGKILL");
  }
}

const running = new Set<Program>();
process.on("exit", () => {
  for (const program of running) program.abandon();
});

/** Runs a command to its end. */
export function run(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(binary, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Runs a command that must succeed, and answers what it printed. */
export function must(args: string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = run(args, env);
  if (status !== 0) throw new Error(`linchpin ${args[0]} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks again until the answer is as wanted. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  within = 15_000,
): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms; last: ${JSON.stringify(answer)}`);
    await pause(100);
  }
}

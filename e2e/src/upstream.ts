/** A provider that the tests hold in the hand: it answers what it is told and keeps what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Told {
  status?: number;
  type?: string;
  body?: string;
}

export class Upstream {
  asked: Asked[] = [];
  private readonly told = new Map<string, Told>();

  private constructor(
    readonly url: string,
    private readonly server: HttpServer,
  ) {}

  static async start(): Promise<Upstream> {
    const server = createServer();
    server.listen(0, "localhost");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    const upstream = new Upstream(`http://localhost:${address.port}`, server);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const path = request.url ?? "/";
        upstream.asked.push({ method: request.method ?? "", path, headers: request.headers, body });
        const told = upstream.told.get(path.split("?")[0] ?? "") ?? { status: 404, body: '{"message":"no such path"}' };
        response.writeHead(told.status ?? 200, { "content-type": told.type ?? "application/json" });
        response.end(told.body ?? "");
      });
    });
    return upstream;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  answer(path: string, told: Told): void {
    this.told.set(path, told);
  }

  /** What was asked of a path. */
  of(path: string): Asked[] {
    return this.asked.filter((asked) => asked.path.split("?")[0] === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

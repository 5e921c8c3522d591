/** A small host application on `localhost`: pages to open, and what its backend would answer. */
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";

type Headers = Record<string, string>;
type Answer = { type: string; body: string | Buffer; headers: Headers };

export class HostApp {
  private constructor(
    readonly origin: string,
    private readonly server: HttpServer,
    private readonly pages: Map<string, () => Answer>,
  ) {}

  static async start(): Promise<HostApp> {
    const pages = new Map<string, () => Answer>();
    const server = createServer((request, response) => {
      const page = pages.get(new URL(request.url ?? "/", "http://localhost").pathname);
      if (!page) {
        response.writeHead(404).end();
        return;
      }
      const { type, body, headers } = page();
      response.writeHead(200, { "content-type": type, "cache-control": "no-store", ...headers }).end(body);
    });
    server.listen(0, "localhost");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    return new HostApp(`http://localhost:${address.port}`, server, pages);
  }

  html(path: string, body: string | (() => string), headers: Headers = {}): void {
    this.serve(path, "text/html; charset=utf-8", body, headers);
  }

  serve(path: string, type: string, body: string | Buffer | (() => string), headers: Headers = {}): void {
    this.pages.set(path, () => ({ type, body: typeof body === "function" ? body() : body, headers }));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

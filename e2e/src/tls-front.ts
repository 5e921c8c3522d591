/**
 * What stands before a server in production: one listener that speaks HTTPS, over HTTP/1.1 or HTTP/2 as it is asked,
 * for every name below a host.
 */
import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { request as ask } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";

export class TlsFront {
  private constructor(
    /** Name and port, as `configureGlobal({ host })` takes it. Browsers find `*.localhost` on this machine. */
    readonly host: string,
    /** Its certificate, which it signed itself. */
    readonly certificate: string,
    private readonly server: Http2SecureServer,
  ) {}

  /** Names that were asked for, by path. */
  readonly asked: string[] = [];
  private readonly connections = new Set<Socket>();
  /** The versions of HTTP in which it was asked. */
  readonly versions = new Set<string>();

  static async start(target: () => string, name = "linchpin.localhost"): Promise<TlsFront> {
    const { key, cert } = certificate(name);
    const server = createSecureServer({ key, cert, allowHTTP1: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    const front = new TlsFront(`${name}:${address.port}`, cert, server);
    server.on("connection", (connection: Socket) => {
      front.connections.add(connection);
      connection.on("close", () => front.connections.delete(connection));
    });
    server.on("request", (request, response) => {
      const host = request.authority || request.headers.host;
      front.asked.push(`${host?.split(".")[0]} ${request.url?.split("?")[0]}`);
      front.versions.add(request.httpVersion);
      const { hostname, port } = new URL(target());
      const own = Object.entries(request.headers).filter(([header]) => !header.startsWith(":"));
      const headers = { ...Object.fromEntries(own), host };
      const passed = ask({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
        // What is between two of them alone, HTTP/2 has no words for.
        const between = request.httpVersion === "2.0" ? ["connection", "keep-alive", "transfer-encoding"] : [];
        const told = Object.entries(answer.headers).filter(([header]) => !between.includes(header));
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(told));
        answer.pipe(response);
      });
      passed.on("error", () => response.writeHead(502).end());
      request.pipe(passed);
    });
    return front;
  }

  async stop(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

/** A key and a certificate that it signed itself, for a name and the names below it. */
function certificate(name: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const algorithm = der(0x30, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05));
  const subject = der(0x30, der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
  const names = der(0x30, der(0x82, Buffer.from(name)), der(0x82, Buffer.from(`*.${name}`)));
  const signed = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    subject,
    der(0x30, der(0x17, Buffer.from("250101000000Z")), der(0x17, Buffer.from("450101000000Z"))),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(0x30, der(0x30, oid(0x55, 0x1d, 0x11), der(0x04, names)))),
  );
  const signature = createSign("RSA-SHA256").update(signed).sign(privateKey);
  const whole = der(0x30, signed, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

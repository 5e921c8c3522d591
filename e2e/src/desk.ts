/**
 * A provider that is connected in several ways (`desk/connector.yaml`) and Shopify, which asks for a shop first: their
 * simulators, a page of a host application, and a server with a project that has both.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HostApp } from "./host-app.ts";
import { emptyFolder, here } from "./processes.ts";
import { type Applied, Server } from "./server.ts";
import { Simulator } from "./simulator.ts";

/** The type of the provider's integration. */
export const DESK = "custom.desk";

export interface DeskWorld {
  desk: Simulator;
  shopify: Simulator;
  host: HostApp;
  server: Server;
  applied: Applied;
  stop(): Promise<void>;
}

export async function startDesk(name: string, publicKey: string): Promise<DeskWorld> {
  const manifest = join(here, "desk/connector.yaml");
  const desk = await Simulator.start(manifest);
  const shopify = await Simulator.start("shopify");
  const host = await HostApp.start();
  const server = await Server.start({ data: emptyFolder(name), allow: [desk.host, shopify.host] });
  const file = {
    project: "Acme",
    allowedOrigins: [host.origin],
    signingKeys: [{ name: "backend", publicKey }],
    integrations: {
      [DESK]: {
        active: true,
        connector: readFileSync(manifest, "utf8"),
        app: { clientId: "desk-client", clientSecret: "desk-secret" },
        baseUrls: { api: desk.url, sign: desk.url },
      },
      shopify: {
        active: true,
        app: { clientId: "shop-client", clientSecret: "shop-secret" },
        baseUrls: { api: shopify.url },
      },
    },
  };
  writeFileSync(server.path("acme.yaml"), JSON.stringify(file));
  const applied = server.apply(server.path("acme.yaml"));
  const stop = async () => {
    await server.program.stop();
    await desk.program.stop();
    await shopify.program.stop();
    await host.stop();
  };
  return { desk, shopify, host, server, applied, stop };
}

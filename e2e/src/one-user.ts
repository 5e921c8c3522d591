/** A server with the tutorial's workflow on, and one user whose account was imported. */
import { Server } from "./server.ts";
import { emptyFolder } from "./processes.ts";
import { imported, writeProject } from "./project-file.ts";
import { newKeyPair, userToken } from "./tokens.ts";

interface Setting {
  /** Names the project and its data directory. */
  name: string;
  /** Where HubSpot is. */
  provider: string;
  /** A command that runs the server, as `env` does. */
  around?: string[];
}

export class OneUser {
  private constructor(
    readonly server: Server,
    readonly projectId: string,
    readonly token: string,
  ) {}

  static async start({ name, provider, around }: Setting): Promise<OneUser> {
    const key = newKeyPair();
    const server = await Server.start({ data: emptyFolder(name), allow: [new URL(provider).host], around });
    const file = server.path("project.yaml");
    writeProject(file, {
      project: name,
      publicKey: key.publicKey,
      provider,
      defaultEnabled: true,
      connectedUsers: { "user-0": imported(0) },
    });
    const { projectId } = server.apply(file);
    return new OneUser(server, projectId, userToken(key.privateKey, "user-0"));
  }

  /** Sends the tutorial's event; answers the status, 0 where there was no answer. */
  async send(email: string, headers: Record<string, string> = {}): Promise<number> {
    const answer = await fetch(`${this.server.url}/projects/${this.projectId}/sdk/events/trigger`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({ name: "Contact Created", payload: { email } }),
    }).catch(() => null);
    return answer?.status ?? 0;
  }
}

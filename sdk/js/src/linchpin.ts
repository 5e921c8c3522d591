import { Calls } from "./calls.js";
import type {
  AccountOptions,
  ConnectOptions,
  ConnectResult,
  IntegrationMetadata,
} from "./options.js";

/**
 * The client of one Linchpin server. Most pages use the shared instance `linchpin`;
 * make your own for a second project on the same page.
 *
 * @example
 * import { Linchpin } from "@linchpin/connect";
 *
 * const other = new Linchpin({ baseUrl: "https://connect.acme.com" });
 * await other.authenticate(projectId, () => fetch("/api/token").then((answer) => answer.text()));
 */
export class Linchpin extends Calls {
  /**
   * Opens the Connect Portal for an integration.
   *
   * Resolves as soon as an account is connected; for a user who was connected before, when the portal closes.
   * Rejects with `portal_closed` when the user closes the portal without connecting.
   * A promise that nobody waits for raises no unhandled rejection.
   *
   * @example
   * const { credentialId } = await linchpin.connect("hubspot");
   */
  connect(type: string, options: ConnectOptions = {}): Promise<ConnectResult> {
    return this.connector.connect(type, options);
  }

  /**
   * Connects without showing the portal first: opens the provider's window at once, so call it in a click.
   * Where the integration needs input, the portal asks for it.
   *
   * @example
   * button.onclick = () => linchpin.installIntegration("hubspot", { showPortalAfterInstall: true });
   */
  installIntegration(type: string, options: ConnectOptions = {}): Promise<ConnectResult> {
    return this.connector.install(type, options);
  }

  /**
   * Disconnects an account. Its workflows stop.
   *
   * @example
   * await linchpin.uninstallIntegration("hubspot");
   */
  async uninstallIntegration(type: string, options: AccountOptions = {}): Promise<void> {
    await this.session.ready();
    await this.connector.uninstall(type, options);
  }

  /** Closes the portal, as its own close button does. */
  closePortal(): void {
    this.connector.close();
  }

  /** Name, colour and icon of every active integration, or of one: for your own list of integrations. */
  getIntegrationMetadata(): IntegrationMetadata[];
  getIntegrationMetadata(type: string): IntegrationMetadata;
  getIntegrationMetadata(type?: string): IntegrationMetadata | IntegrationMetadata[];
  getIntegrationMetadata(type?: string): IntegrationMetadata | IntegrationMetadata[] {
    const head = (name: string): IntegrationMetadata => {
      const integration = this.session.integration(name);
      return {
        type: integration.type,
        name: integration.name,
        brandColor: integration.brandColor ?? "",
        icon: `${this.baseUrl()}/integrations/${encodeURIComponent(integration.type)}.svg`,
      };
    };
    return type === undefined ? this.session.list().map((each) => head(each.type)) : head(type);
  }
}

import { Connector } from "./connector.js";
import { LinchpinError } from "./errors.js";
import { Emitter, type LinchpinEvent, type Listener } from "./events.js";
import { type CallOptions, VERSION } from "./http.js";
import type { User } from "./model.js";
import { addressOf, type AuthenticateOptions, type Configuration } from "./options.js";
import { Session } from "./session.js";
import type { TokenSource } from "./token.js";

let scriptOrigin: string | undefined;

/** The server that a script tag came from: the address where none is configured. */
export function setScriptOrigin(origin: string | undefined): void {
  scriptOrigin = origin;
}

/** Where the server is, who the user is, and what happens. */
export class Client {
  /** @internal */
  readonly session: Session;
  /** @internal */
  readonly connector: Connector;
  private address: string | undefined;
  private readonly emitter = new Emitter();
  private told: User | undefined;

  constructor(configuration?: Configuration) {
    const baseUrl = (): string => this.baseUrl();
    this.session = new Session(baseUrl, {
      change: () => this.onChange(),
      takeover: () => this.connector.dispose(new LinchpinError("superseded", "another user was authenticated")),
      unauthorized: () => this.leave("unauthorized"),
    });
    this.connector = new Connector(this.session, this.emitter, baseUrl);
    this.told = this.session.user;
    if (configuration) this.configure(configuration);
  }

  /**
   * Says where the server is. A script tag that loads this package from the server needs no such call.
   *
   * @example
   * linchpin.configure({ baseUrl: "https://connect.acme.com" });
   */
  configure(configuration: Configuration): void {
    const address = addressOf(configuration);
    if (this.address !== undefined && this.address !== address) this.leave("logout");
    this.address = address;
    if (configuration.timeoutMs !== undefined) this.session.timeoutMs = configuration.timeoutMs;
  }

  /**
   * Starts the session of one of your users. Give a function instead of a token, and the token is renewed whenever
   * it is about to end. Calls made meanwhile wait for it. The token is kept in memory alone.
   *
   * @example
   * await linchpin.authenticate(projectId, async () => {
   *   const answer = await fetch("/api/linchpin-token");
   *   return (await answer.json()).token;
   * });
   *
   * @example
   * // The token that the page came with, and how to renew it.
   * await linchpin.authenticate(projectId, { token, getToken: fetchToken });
   */
  authenticate(
    projectId: string,
    token: TokenSource,
    { metadata, ...call }: AuthenticateOptions = {},
  ): Promise<void> {
    if (!projectId) return Promise.reject(new TypeError("authenticate needs the project's id"));
    if (!token) return Promise.reject(new TypeError("authenticate needs a user token, or a function that fetches one"));
    try {
      return this.session.start(projectId, token, metadata, call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The state of the user: which integrations are connected, with which accounts. The same object until something
   * changes; `onUserChange` tells of that.
   *
   * @example
   * const user = linchpin.getUser();
   * if (user.authenticated && user.integrations.hubspot?.enabled) showConnected();
   */
  getUser(): User {
    return this.session.user;
  }

  /**
   * Reads the user's state again, for instance after your backend changed it.
   *
   * @example
   * await linchpin.refresh();
   */
  async refresh(call: CallOptions = {}): Promise<User> {
    await this.session.ready();
    await this.session.refresh(call);
    return this.getUser();
  }

  /**
   * Listens to an event; the returned function stops it.
   *
   * @example
   * const stop = linchpin.subscribe("onIntegrationInstall", ({ integrationType }) => refresh(integrationType));
   */
  subscribe<E extends LinchpinEvent>(event: E, listener: Listener<E>): () => boolean {
    return this.emitter.add(event, listener);
  }

  /** Stops a listener; whether there was one. */
  unsubscribe<E extends LinchpinEvent>(event: E, listener: Listener<E>): boolean {
    return this.emitter.remove(event, listener);
  }

  /** Ends the session and removes the portal. Calls that wait reject with `logged_out`. */
  logout(): void {
    this.leave("logout");
  }

  /** The version of this package. */
  getVersion(): string {
    return VERSION;
  }

  /** @internal */
  baseUrl(): string {
    const address = this.address ?? scriptOrigin;
    if (address === undefined) {
      throw new LinchpinError(
        "not_configured",
        'say where the server is: linchpin.configure({ baseUrl: "https://connect.acme.com" })',
      );
    }
    return address;
  }

  private onChange(): void {
    this.connector.publish();
    const { user } = this.session;
    if (user === this.told) return;
    this.told = user;
    this.emitter.emit("onUserChange", { user }, user);
  }

  private leave(reason: "logout" | "unauthorized"): void {
    const wasHere = this.session.user.authenticated;
    this.connector.dispose(
      reason === "logout"
        ? new LinchpinError("logged_out", "the user was logged out")
        : new LinchpinError("unauthorized", "the user token is no longer accepted; authenticate again"),
    );
    this.session.end();
    if (wasHere) this.emitter.emit("onLogout", { reason }, this.session.user);
  }
}

import { LinchpinError, textOf } from "./errors.js";

/** A function of the page that fetches a fresh user token from its backend. */
export type GetToken = () => string | Promise<string>;

/**
 * A user token, a function that fetches one, or both: the token that the page came with, and how to renew it.
 * Without a function the session ends with the token.
 */
export type TokenSource = string | GetToken | { token?: string | undefined; getToken: GetToken };

/** A token this near its end is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;
/** How long the page's backend may take. */
const RENEW_TIMEOUT_MS = 30_000;

interface Claims {
  userId: string;
  /** When the token ends, by this machine's clock, in milliseconds. */
  endsAt: number;
}

/** Holds the user token and renews it, one renewal at a time. The token is never written to web storage. */
export class UserToken {
  private value: string | undefined;
  private claims: Claims | undefined;
  private renewing: Promise<string> | undefined;
  private readonly getToken: GetToken | undefined;

  constructor(source: TokenSource) {
    const given = typeof source === "object" && source !== null ? source.token : source;
    this.getToken =
      typeof source === "function" ? source : typeof source === "object" ? source.getToken : undefined;
    if (this.getToken === undefined || typeof given === "string") this.accept(given, false);
  }

  get renewable(): boolean {
    return this.getToken !== undefined;
  }

  get userId(): string {
    return this.claims?.userId ?? "";
  }

  /** The token, if it can be used as it is: for the popup, which must open before anything is awaited. */
  peek(): string | undefined {
    return this.value !== undefined && !(this.renewable && this.leftMs() < RENEW_BEFORE_MS) ? this.value : undefined;
  }

  /** The token, renewed first if it is about to end. */
  async get(): Promise<string> {
    const usable = this.peek();
    if (usable !== undefined) return usable;
    try {
      return await this.renew();
    } catch (error) {
      // The page's backend may be back before the token has ended.
      if (this.value !== undefined && this.leftMs() > 0) return this.value;
      throw error;
    }
  }

  /** Asks the page's backend for a new token. Concurrent calls share one request. */
  renew(): Promise<string> {
    const { getToken } = this;
    if (!getToken) {
      return Promise.reject(
        new LinchpinError("unauthorized", "the user token is no longer accepted; call authenticate with a new one"),
      );
    }
    this.renewing ??= limited(getToken)
      .then((token) => this.accept(token, true))
      .finally(() => {
        this.renewing = undefined;
      });
    return this.renewing;
  }

  private leftMs(): number {
    return (this.claims?.endsAt ?? 0) - Date.now();
  }

  /** A token that was just made ends when its life is over, whatever the user's clock says. */
  private accept(token: unknown, fresh: boolean): string {
    const { userId, iat, exp } = readClaims(token);
    const endsAt = fresh && iat !== undefined ? Date.now() + (exp - iat) * 1000 : exp * 1000;
    this.claims = { userId, endsAt };
    this.value = token as string;
    return this.value;
  }
}

/** The page's function, with a limit: nobody waits for ever. */
async function limited(getToken: GetToken): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${RENEW_TIMEOUT_MS} ms`)), RENEW_TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(getToken), limit]);
  } catch (cause) {
    throw new LinchpinError("token_unavailable", `the page's own function for the user token failed: ${textOf(cause)}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Reads, and does not verify, what the page itself needs of the token. The server is the judge of it. */
function readClaims(token: unknown): { userId: string; iat: number | undefined; exp: number } {
  const invalid = (why: string): LinchpinError =>
    new LinchpinError("invalid_token", `the user token ${why}; sign one on your backend, with \`sub\` and \`exp\``);
  if (typeof token !== "string" || token.split(".").length !== 3) throw invalid("is not a JSON Web Token");
  let payload: { sub?: unknown; id?: unknown; iat?: unknown; exp?: unknown };
  try {
    const base64 = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    payload = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw invalid("is not a well-formed JSON Web Token");
  }
  const userId = payload?.sub ?? payload?.id;
  if (typeof userId !== "string" || userId === "") throw invalid("has no `sub` claim");
  if (typeof payload.exp !== "number") throw invalid("has no `exp` claim");
  return { userId, iat: typeof payload.iat === "number" ? payload.iat : undefined, exp: payload.exp };
}

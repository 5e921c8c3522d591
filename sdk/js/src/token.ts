import { LinchpinError } from "./errors.js";

/** A user token, or a function of the page that fetches a fresh one from its backend. */
export type TokenSource = string | (() => string | Promise<string>);

/** A token this near its end is renewed before it is used. */
const RENEW_BEFORE_SECONDS = 30;

interface Claims {
  userId: string;
  exp: number;
}

/** Holds the user token and renews it, one renewal at a time. The token is never written to web storage. */
export class UserToken {
  private value: string | undefined;
  private claims: Claims | undefined;
  private renewing: Promise<string> | undefined;

  constructor(private readonly source: TokenSource) {
    if (typeof source === "string") this.accept(source);
  }

  get renewable(): boolean {
    return typeof this.source === "function";
  }

  get userId(): string {
    return this.claims?.userId ?? "";
  }

  /** The token, if it can be used as it is: for the popup, which must open before anything is awaited. */
  peek(): string | undefined {
    return this.value !== undefined && !(this.renewable && this.isStale()) ? this.value : undefined;
  }

  /** The token, renewed first if it is about to end. */
  async get(): Promise<string> {
    return this.peek() ?? this.renew();
  }

  /** Asks the page's backend for a new token. Concurrent calls share one request. */
  renew(): Promise<string> {
    const { source } = this;
    if (typeof source !== "function") {
      return Promise.reject(new LinchpinError("unauthorized", "the user token is no longer accepted; authenticate again"));
    }
    this.renewing ??= Promise.resolve()
      .then(source)
      .then((token) => this.accept(token))
      .finally(() => {
        this.renewing = undefined;
      });
    return this.renewing;
  }

  private isStale(): boolean {
    return (this.claims?.exp ?? 0) - RENEW_BEFORE_SECONDS < Date.now() / 1000;
  }

  private accept(token: string): string {
    this.claims = readClaims(token);
    this.value = token;
    return token;
  }
}

/** Reads, and does not verify, what the page itself needs of the token. The server is the judge of it. */
function readClaims(token: unknown): Claims {
  const invalid = (why: string): LinchpinError => new LinchpinError("invalid_token", `the user token ${why}`);
  if (typeof token !== "string" || token.split(".").length !== 3) throw invalid("is not a JSON Web Token");
  let payload: { sub?: unknown; id?: unknown; exp?: unknown };
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
  return { userId, exp: payload.exp };
}

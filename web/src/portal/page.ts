/**
 * The portal's only way out: messages to and from the page that frames it.
 *
 * Any page may frame the portal, and it shares the dashboard's origin. So a message counts only from the parent window
 * and from the origin that spoke first, and the portal itself sends no request: what it wants done, the page's SDK does.
 */
import {
  type Invocation,
  isRecord,
  type PortalMethod,
  type PortalMethods,
  type UiUpdate,
} from "../../../sdk/js/src/protocol";

const ANSWER_TIMEOUT_MS = 60_000;

type Result<M extends PortalMethod> = Awaited<ReturnType<PortalMethods[M]>>;

/** A call of the page's SDK that failed. */
export class PageError extends Error {
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(readable(message));
  }
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: PageError) => void;
}

/** What the page's window offers, so that tests can stand in for it. */
export interface Surroundings {
  parent: { postMessage(message: unknown, targetOrigin: string): void };
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
}

export class Page {
  private origin: string | undefined;
  private latest: UiUpdate | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly waiting = new Map<string, Waiting>();
  private calls = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly surroundings: Surroundings) {
    surroundings.addEventListener("message", (event) => this.receive(event));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): UiUpdate | undefined => this.latest;

  /** Where the page lives, as far as the browser says. */
  address(): string {
    const { referrer } = document;
    const origin = this.origin ?? "";
    return URL.canParse(referrer) && new URL(referrer).origin === origin ? referrer : origin;
  }

  /** Calls a method of the page's SDK. */
  call<M extends PortalMethod>(method: M, ...parameters: Parameters<PortalMethods[M]>): Promise<Result<M>> {
    const { origin } = this;
    if (origin === undefined) return Promise.reject(new PageError("the page has not said anything yet"));
    this.calls += 1;
    const id = `portal-${this.calls}`;
    return new Promise<Result<M>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new PageError("the page did not answer", "no_answer"));
      }, ANSWER_TIMEOUT_MS);
      this.waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          // The page's SDK is the other side of `PortalMethods`; what it answers is checked where it is used.
          resolve(result as Result<M>);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      const message: Invocation<M> = { messageType: "SDK_FUNCTION_INVOCATION", type: method, parameters, id };
      this.surroundings.parent.postMessage(message, origin);
    });
  }

  /** The same, one after another: settings are saved as whole maps, so two at once would undo each other. */
  callInTurn<M extends PortalMethod>(
    method: M,
    ...parameters: Parameters<PortalMethods[M]>
  ): Promise<Result<M>> {
    const result = this.queue.then(() => this.call(method, ...parameters));
    this.queue = result.catch(() => {});
    return result;
  }

  /** Tells the page something whose answer does not matter. */
  tell<M extends PortalMethod>(method: M, ...parameters: Parameters<PortalMethods[M]>): void {
    this.call(method, ...parameters).catch(() => {});
  }

  /** The same for a method that only the known SDK has. */
  tellKnown(method: "setHeadless", value: boolean): void {
    const message = { messageType: "SDK_FUNCTION_INVOCATION", type: method, parameters: [value], id: "" };
    if (this.origin !== undefined) this.surroundings.parent.postMessage(message, this.origin);
  }

  private receive(event: MessageEvent<unknown>): void {
    if (event.source !== this.surroundings.parent || !isRecord(event.data)) return;
    if (this.origin !== undefined && event.origin !== this.origin) return;
    const { data } = event;
    if (data.messageType === "UI_UPDATE" && isRecord(data.nextContext) && isRecord(data.nextModalState)) {
      // Sandboxed and local pages have no origin that could be named as a target.
      if (event.origin === "null" || event.origin === "") return;
      this.origin = event.origin;
      this.latest = data as unknown as UiUpdate;
      for (const listener of this.listeners) listener();
    } else if (typeof data.id === "string") this.settle(data.id, data);
  }

  private settle(id: string, data: Record<string, unknown>): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    if (data.messageType === "SDK_FUNCTION_RESPONSE") waiting.resolve(data.result);
    else if (data.messageType === "SDK_FUNCTION_ERROR") {
      const code = typeof data.code === "string" ? data.code : undefined;
      waiting.reject(
        new PageError(typeof data.message === "string" ? data.message : "something went wrong", code),
      );
    } else return;
    this.waiting.delete(id);
  }
}

/** The known SDK gives the whole JSON body of the answer as the message: show what it says, not the JSON. */
function readable(message: string): string {
  if (!message.startsWith("{")) return message;
  try {
    const body: unknown = JSON.parse(message);
    return isRecord(body) && typeof body.message === "string" ? body.message : message;
  } catch {
    return message;
  }
}

/** What did not validate, whatever the page answered. */
export function errorsOf(answer: { errors?: string[] } | undefined): string[] {
  return Array.isArray(answer?.errors) ? answer.errors.filter((each) => typeof each === "string") : [];
}

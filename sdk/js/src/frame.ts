import { asLinchpinError, LinchpinError } from "./errors.js";
import { type InvocationReply, isRecord, type ModalState, PROTOCOL_VERSION, type UiUpdate } from "./protocol.js";

const ID = "linchpin-connect-frame";
/** How long the portal may take to show itself. */
const SHOW_TIMEOUT_MS = 20_000;

/** Several portals may be open: the page scrolls again when the last one is closed. */
const locks = new Set<PortalFrame>();
let overflowBefore = "";

/** Answers one call of the portal. Throws for a method that is not offered. */
export type PortalHandler = (method: string, parameters: unknown[]) => unknown;

export interface FrameOptions {
  baseUrl: string;
  projectId: string;
  handle: PortalHandler;
  /** The portal did not come up. */
  onUnreachable: (error: LinchpinError) => void;
}

/**
 * The portal's frame: a hidden iframe that shows itself when it has something to show. It fills the window, or the
 * page's element with the id `linchpin-connect-frame-container`.
 *
 * A message counts only if it comes from this frame's window *and* from the server's origin.
 */
export class PortalFrame {
  private readonly element: HTMLIFrameElement;
  private readonly origin: string;
  private loaded = false;
  private last: UiUpdate | undefined;
  private showTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FrameOptions) {
    this.origin = new URL(options.baseUrl).origin;
    const element = document.createElement("iframe");
    // Several instances on one page have a portal each.
    if (!document.getElementById(ID)) element.id = ID;
    element.title = "Connect Portal";
    element.allow = "clipboard-write";
    element.src = `${options.baseUrl}/ui?projectId=${encodeURIComponent(options.projectId)}`;
    // The page may have a place for it; it fills the window otherwise.
    const container = document.getElementById(`${ID}-container`);
    // A frame is transparent only where its scheme is that of the document in it.
    element.style.cssText = `display:none;position:${container ? "absolute" : "fixed"};top:0;left:0;width:100%;height:100%;border:0;z-index:2147483647;color-scheme:normal;background:transparent`;
    element.addEventListener("load", () => {
      this.loaded = true;
      if (this.last) this.post(this.last);
    });
    window.addEventListener("message", this.onMessage);
    (container ?? document.body).append(element);
    this.element = element;
  }

  /** Sends what the portal shall show; kept until the frame has loaded. */
  update(nextContext: UiUpdate["nextContext"], nextModalState: ModalState): void {
    this.last = { messageType: "UI_UPDATE", protocolVersion: PROTOCOL_VERSION, nextContext, nextModalState };
    if (this.loaded) this.post(this.last);
  }

  /** The portal is expected to show itself: without that, somebody waits for nothing. */
  expectToShow(): void {
    clearTimeout(this.showTimer);
    this.showTimer = setTimeout(() => {
      const { baseUrl } = this.options;
      this.options.onUnreachable(
        new LinchpinError("portal_unreachable", `the Connect Portal at ${baseUrl}/ui did not open; check the server, and the page's policy for frames`),
      );
    }, SHOW_TIMEOUT_MS);
  }

  setVisible(visible: boolean): void {
    clearTimeout(this.showTimer);
    this.element.style.display = visible ? "block" : "none";
    if (visible) {
      if (this.element.parentElement === document.body) this.lockScrolling();
      this.element.focus();
    } else this.unlockScrolling();
  }

  /** Whether the frame is still in the page, which may have replaced its whole content. */
  get attached(): boolean {
    return this.element.isConnected;
  }

  private lockScrolling(): void {
    if (locks.size === 0) {
      overflowBefore = document.body.style.overflow;
      document.body.style.overflow = "hidden";
    }
    locks.add(this);
  }

  private unlockScrolling(): void {
    if (locks.delete(this) && locks.size === 0) document.body.style.overflow = overflowBefore;
  }

  remove(): void {
    clearTimeout(this.showTimer);
    this.unlockScrolling();
    window.removeEventListener("message", this.onMessage);
    this.element.remove();
  }

  private readonly onMessage = (event: MessageEvent<unknown>): void => {
    if (event.source !== this.element.contentWindow || event.origin !== this.origin) return;
    const { data } = event;
    if (!isRecord(data) || data.messageType !== "SDK_FUNCTION_INVOCATION") return;
    const { type, id, parameters } = data;
    if (typeof type !== "string" || typeof id !== "string") return;
    void this.answer(type, id, Array.isArray(parameters) ? parameters : []);
  };

  private async answer(type: string, id: string, parameters: unknown[]): Promise<void> {
    try {
      // Called before anything is awaited: `startOAuthFlow` opens a window, which needs the user's click.
      const result = await this.options.handle(type, parameters);
      this.post({ messageType: "SDK_FUNCTION_RESPONSE", id, type, result });
    } catch (error) {
      const { code, message } = asLinchpinError(error);
      this.post({ messageType: "SDK_FUNCTION_ERROR", error: true, id, message, code });
    }
  }

  private post(message: UiUpdate | InvocationReply): void {
    this.element.contentWindow?.postMessage(message, this.origin);
  }
}

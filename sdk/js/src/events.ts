import type { Credential, User } from "./model.js";

/** What the events of an integration have in common. */
export interface IntegrationEvent {
  integrationId: string;
  integrationType: string;
}

/** The payload of each event. */
export interface LinchpinEvents {
  /** An account was connected (or connected again). */
  onIntegrationInstall: IntegrationEvent & { credentialId?: string; credential?: Credential };
  /** An account was disconnected. */
  onIntegrationUninstall: IntegrationEvent;
  /** The user switched a workflow on or off in the portal. */
  onWorkflowChange: IntegrationEvent & { workflowId: string; workflowStateChange: { enabled?: boolean } };
  /** The portal was opened. */
  onPortalOpen: IntegrationEvent;
  /** The portal was closed. */
  onPortalClose: IntegrationEvent;
  /** The session ended: by `logout()`, or because the server refused the token and none newer was to be had. */
  onLogout: { reason: "logout" | "unauthorized" };
  /** What `getUser()` answers is another object: for views that show it. */
  onUserChange: { user: User };
}

/** The name of an event. */
export type LinchpinEvent = keyof LinchpinEvents;
/** Gets the event, and the user as `getUser()` answers it. */
export type Listener<E extends LinchpinEvent> = (payload: LinchpinEvents[E], user: User) => void;

export const EVENT_NAMES: readonly LinchpinEvent[] = [
  "onIntegrationInstall",
  "onIntegrationUninstall",
  "onWorkflowChange",
  "onPortalOpen",
  "onPortalClose",
  "onLogout",
  "onUserChange",
];

/** A list of listeners by event. A listener that throws harms nobody else. */
export class Emitter {
  private readonly listeners = new Map<LinchpinEvent, Set<Listener<never>>>();

  add<E extends LinchpinEvent>(event: E, listener: Listener<E>): () => boolean {
    if (!EVENT_NAMES.includes(event)) {
      throw new TypeError(`there is no event "${String(event)}"; the events are ${EVENT_NAMES.join(", ")}`);
    }
    let set = this.listeners.get(event);
    if (!set) this.listeners.set(event, (set = new Set()));
    set.add(listener as Listener<never>);
    return () => this.remove(event, listener);
  }

  remove<E extends LinchpinEvent>(event: E, listener: Listener<E>): boolean {
    return this.listeners.get(event)?.delete(listener as Listener<never>) ?? false;
  }

  emit<E extends LinchpinEvent>(event: E, payload: LinchpinEvents[E], user: User): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      guarded(() => (listener as Listener<E>)(payload, user));
    }
  }
}

/** Runs a callback of the page: what it throws is reported, and goes no further. */
export function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error("linchpin: a listener failed", error);
  }
}

/** Subscriptions to what happens in the user's account. Events are posted to a backend, signed; none comes to the page. */
import type { CallOptions } from "./http.js";
import type { AccountOptions } from "./options.js";
import type { Session } from "./session.js";

/** What is subscribed to, and where its events go. */
export interface TriggerSubscriptionWish {
  /** The trigger's `name` as `getTriggers` gives it, such as `HUBSPOT_CONTACTS_CREATED`. */
  trigger: string;
  /** The https address of your backend that events are posted to. */
  url: string;
  /** Which events are meant: the trigger's `parameters`. */
  parameters?: Record<string, unknown>;
  /** A secret of your own to sign with, `whsec_` and 24 to 64 random bytes as base64. One is made when it is absent. */
  secret?: string;
}

/** A subscription, and whether its events arrive. */
export interface TriggerSubscription {
  id: string;
  trigger: string;
  /** The integration's type. */
  integration: string;
  credentialId: string;
  parameters: Record<string, unknown>;
  url: string;
  enabled: boolean;
  /** Why it was disabled, when it was not by its owner. */
  disabledReason: string | null;
  /** Attempts that failed since the last one that succeeded; at `disabledAfter` it is disabled. */
  failures: number;
  disabledAfter: number;
  /** Events that wait to be told. */
  pending: number;
  createdAt: string;
  /** What events are signed with: in the answer of the call that makes it alone. */
  secret?: string;
}

/** Where they are, once the user is known. */
async function place(session: Session, id = ""): Promise<string> {
  await session.ready();
  return session.path(`/trigger-subscriptions${id}`);
}

export async function subscribe(
  session: Session,
  wish: TriggerSubscriptionWish,
  { selectedCredentialId, ...call }: AccountOptions,
): Promise<TriggerSubscription> {
  return session.http.need(await place(session), {
    method: "POST",
    body: wish,
    headers: { "X-Paragon-Credential": selectedCredentialId },
    ...call,
  });
}

export async function list(session: Session, call: CallOptions): Promise<TriggerSubscription[]> {
  return (await session.http.need<{ subscriptions: TriggerSubscription[] }>(await place(session), call)).subscriptions;
}

export async function unsubscribe(session: Session, id: string, call: CallOptions): Promise<void> {
  await session.http.json(await place(session, `/${encodeURIComponent(id)}`), { method: "DELETE", ...call });
}

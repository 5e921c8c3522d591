/** Why runs fail, by the stable code: who can mend it, what they do, and which page it is on. */

export type Place = "user" | "workflow" | "credentials";

export interface Cause {
  /** For a list of failures: what it is in a few words. */
  title: string;
  who: string;
  does: string;
  where: Place | null;
}

const causes: Record<string, Cause> = {
  reconnect_needed: {
    title: "Account must be reconnected",
    who: "Your customer",
    does: "reconnects the account in the portal; then replay this run.",
    where: "user",
  },
  disconnected: {
    title: "Account was disconnected",
    who: "Your customer",
    does: "has disconnected the account. Nothing runs for it until it is connected again.",
    where: "user",
  },
  missing_scope: {
    title: "Missing scope",
    who: "You, then your customer",
    does: "add the scope to the integration; users who are connected must reconnect to grant it.",
    where: "credentials",
  },
  forbidden: {
    title: "Not allowed at the provider",
    who: "Your customer",
    does: "the connected account may not do this at the provider: someone with more rights connects, or grants them.",
    where: "user",
  },
  app_rejected: {
    title: "Your app's credentials were refused",
    who: "You",
    does: "the provider refuses the client id or secret. Test the credentials of the integration.",
    where: "credentials",
  },
  validation: {
    title: "Refused data",
    who: "You, or your customer",
    does: "the provider refuses a value. Mend the step's inputs, or the data in your app, and send it again.",
    where: "workflow",
  },
  invalid_inputs: {
    title: "Inputs make no request",
    who: "You",
    does: "a required input is empty or has the wrong form. Mend the step's inputs.",
    where: "workflow",
  },
  template: {
    title: "Expression failed",
    who: "You",
    does: "an expression in the step cannot be computed for this event. Mend it in the workflow.",
    where: "workflow",
  },
  conflict: {
    title: "Exists already",
    who: "You",
    does: "it exists there already, so nothing was changed. If that may happen, use an action that creates or updates.",
    where: "workflow",
  },
  not_found: {
    title: "Not found at the provider",
    who: "You",
    does: "what the step names is not there (any more). Look it up before, or allow the step to fail.",
    where: "workflow",
  },
  egress_refused: {
    title: "Address refused",
    who: "You",
    does: "the step calls an address that this server may not call. Mend it, or ask the operator of this server.",
    where: "workflow",
  },
  items_failed: {
    title: "Items of a loop failed",
    who: "You",
    does: "open the items that failed below; each says why.",
    where: null,
  },
  rate_limited: {
    title: "Provider's rate limit",
    who: "Nobody",
    does: "the provider limits how often it is called; the step waits by itself.",
    where: null,
  },
  unreachable: {
    title: "Provider unreachable",
    who: "The provider",
    does: "could not be reached, also after the retries. When it is back, replay the run.",
    where: null,
  },
  in_doubt: {
    title: "In doubt",
    who: "You",
    does: "nobody can tell whether the provider carried it out. Look there, then say so in the step below.",
    where: null,
  },
  user_disabled: {
    title: "User is disabled",
    who: "You",
    does: "the user was disabled. Enable the user, then replay this run.",
    where: "user",
  },
  user_deleted: {
    title: "User was deleted",
    who: "Nobody",
    does: "the user is gone, and the run with it.",
    where: null,
  },
  cancelled: {
    title: "Cancelled",
    who: "Nobody",
    does: "a person cancelled it. Replay it to do it after all.",
    where: null,
  },
};

const unknown: Cause = {
  title: "Failed",
  who: "You",
  does: "look at the request and the answer below, mend the step or the data in your app, and send it again.",
  where: "workflow",
};

export function causeOf(code: string): Cause {
  return causes[code] ?? unknown;
}

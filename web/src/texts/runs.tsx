/** The words of Task History: runs, received events, and webhooks that nobody could take. */
import type { ReactNode } from "react";
import type { RunItems } from "../api/runs.ts";
import { commonText, counted, grouped, type Link } from "./common.ts";

const runs = (count: number) => counted(count, "run", "runs", grouped(count));
const items = (count: number) => counted(count, "item");

export const runsText = {
  triggers: {
    appEvent: commonText.appEvent,
    request: commonText.request,
    schedule: commonText.schedule,
    integrationEnabled: commonText.integrationEnabled,
    provider: commonText.providerEvent,
    webhook: commonText.webhook,
    tool: "Tool",
    proxy: "Request passed on",
  },

  lists: {
    label: "Lists of Task History",
    runs: {
      tab: commonText.runs,
      about: "What every trigger led to: which steps ran, for whom, and what the provider answered.",
    },
    events: {
      tab: commonText.events,
      about: "Everything that arrived, also what started nothing, and why.",
    },
    webhooks: {
      tab: commonText.webhookInbox,
      about:
        "What providers sent when nobody could take it: kept for 30 days, to be sent again once an account is connected.",
    },
  },

  list: {
    noneMatches: (isOlder: boolean) => (isOlder ? "No older run matches" : "No run matches"),
    searchWider: "Try fewer filters or a longer time.",
    empty: "No runs yet",
    emptyText:
      "A run appears here when an App Event arrives for a user who has a workflow on. It appears by itself: this page keeps itself fresh.",
    howToSend: "See how to send an App Event",
    searchedTo: (moment: string, isEmpty: boolean) =>
      `${isEmpty ? "Nothing found so far. " : ""}Searched back to ${moment}; go on with “${commonText.older}”.`,
  },

  table: {
    label: commonText.runs,
    started: "Started",
    duration: "Duration",
    version: (number: number) => `v${number}`,
  },

  filters: {
    search: "Search runs",
    searchFor: "Email, user, error, run id…",
    anyState: "Any state",
    anyWorkflow: "Any workflow",
    anyUser: "Any user",
    anyIntegration: "Any integration",
    event: (name: string) => `Event: ${name}`,
    removeEvent: (name: string) => `Remove filter: event ${name}`,
    clear: "Clear filters",
    time: "Time",
    anyTime: "Any time",
    lastHour: "Last hour",
    lastDay: "Last 24 hours",
    lastWeek: "Last 7 days",
    lastMonth: "Last 30 days",
    between: "From … to …",
    to: "To",
    toIsEarlier: "Choose a later time than the first.",
  },

  replayMany: {
    counting: "Counting…",
    replayed: "Replayed",
    progress: (done: number, of: string) => `Replayed ${grouped(done)} of ${of}.`,
    skipped: (count: number) => ` ${count} could not be replayed:`,
    begin: (what: string) => `Replay ${what}`,
  },

  replayRuns: {
    /** A state as its badge says it, or as the server does. */
    title: (state: string) => `Replay ${state} runs`,
    counted: runs,
    nothing: (state: string) => `No ${state} run matches the filters. There is nothing to replay.`,
    found: (counted: string) => (
      <>
        The filters find <b>{counted}</b>. Each starts again as a new run, with the same event.
      </>
    ),
    with: "With",
    withDeployed: "the version that is deployed now",
    withOwn: "the version that each run had",
    fromStart: "the first step",
    fromFailed: "the step that failed: what was done is not done again",
    twice: "These runs did their work. Replaying them sends it to the provider a second time.",
    notReplayed: (link: Link, reason: string) => (
      <>
        {link("This run")}: {reason}
      </>
    ),
  },

  replayEvents: {
    title: "Replay skipped events",
    counted: (count: number) => counted(count, "event", "events", grouped(count)),
    nothing: "No event waits: none was skipped because an account had to be reconnected.",
    found: (counted: string) => (
      <>
        <b>{counted}</b> arrived while an account had to be reconnected and started nothing. Those whose
        account works again start now, each once, on the version that is deployed; the others go on waiting.
      </>
    ),
  },

  run: {
    untitled: "Run",
    title: (number: number) => `Run ${number}`,
    copyId: "Copy run id",
    about: (user: ReactNode, trigger: string, hasStarted: boolean, moment: ReactNode) => (
      <>
        for {user} · {trigger} · {hasStarted ? "started" : "accepted"} {moment}
      </>
    ),
    took: (time: string) => ` · took ${time}`,
    version: (number: number) => `version ${number}`,
    replayOf: "replay of another run",
    cancel: "Cancel run",
    replay: "Replay",
    replayFromFailed: "Replay from the failed step",
    replayMore: "More ways to replay",
    withDeployed: "With the version that is deployed now",
    fromFailedWithDeployed: "From the failed step, with the version that is deployed now",
    eventGone: "The event is no longer kept: it is older than this server keeps payloads.",
  },

  path: {
    label: "Path of the run",
    inside: (part: string, step: string) => `${part} of ${step}`,
    item: (number: number) => `Item ${number}`,
    notTaken: (branch: string) => `${branch} · not taken`,
    notTakenOf: (branch: string, step: string) => `${branch} of ${step}, not taken`,
    moreItems: (count: number) => `${count} more items are counted, not shown`,
    noSteps: "No steps",
    attempts: (count: number) => ` · ${count} attempts`,
    notRun: "not run",
  },

  trigger: {
    received: (moment: ReactNode) => <>Received {moment}</>,
    copyPayload: "Copy payload",
  },

  step: {
    noAttempt: "This step has not made an attempt yet.",
    notReached: "The run has not come this far.",
    skipped: "The run ended before this step, or took another branch.",
    items: ({ count, done, failed }: RunItems) => {
      if (done < count) return `${done} of ${items(count)}${failed > 0 ? `, ${failed} failed` : ""}`;
      return failed > 0 ? `${items(count)}, ${failed} failed` : items(count);
    },
    itemsToGo: (count: number) => `, ${count} to go`,
    settle: "Look in the provider's account: was it carried out?",
    happened: "Yes, it happened",
    doItNow: "No, do it now",
  },

  attempt: {
    all: "Attempts",
    title: (number: number) => `Attempt ${number}`,
    next: (moment: ReactNode) => <>Next attempt {moment}</>,
    about: (number: number, started: ReactNode, time: string, next: ReactNode) => (
      <>
        Attempt {number} · {started} · {time}
        {next && <> · next attempt {next}</>}
      </>
    ),
    notStarted: "not started",
    whyAgain: "Why it is tried again: ",
    whyNotAgain: "Why it is not tried again: ",
    adopted: "The provider had carried it out already; its record was found and taken over.",
    joined: (writes: number) =>
      `The account's quota was short, so ${writes} writes went to the provider in one call. What is shown is this one's part.`,
    copyInput: "Copy input",
    exchange: "Request and response",
    request: (method: string) => `${method} request`,
    copyRequestBody: "Copy request body",
    response: (status: number | string) => `Response ${status}`,
    copyResponseBody: "Copy response body",
    copyCurl: "Copy as curl",
  },

  fault: {
    ofStep: (step: string) => `“${step}” did not work`,
    cancelled: "Cancelled",
    ofRun: "This run stopped",
    who: (who: string) => `${who}: `,
    openWorkflow: "Open the workflow",
    openCredentials: (integration: string) => `Open ${integration}'s credentials`,
  },

  queue: {
    title: "Waits for its turn",
    quota: "The account's quota is used up for now",
    away: "The provider does not answer on this account",
    onceBack:
      "New runs wait and use up no retries while one after another tries; all go on as soon as the provider answers. ",
    held: (moment: ReactNode) => <>The next one begins {moment}. </>,
    ahead: (count: number) =>
      count === 0
        ? "It is this user's next one. "
        : `${runs(count)} of this user ${count === 1 ? "goes" : "go"} before it. `,
    expected: (moment: ReactNode) => <>It is likely to begin {moment}.</>,
  },

  events: {
    startedNothing: "Started nothing",
    name: (name: string) => `Name: ${name}`,
    removeName: (name: string) => `Remove filter: name ${name}`,
    allUsed: "Everything that arrived started a run",
    allUsedText: "Events that nobody listens to would stand here, with the reason.",
    empty: "Nothing arrived yet",
    emptyText: "What your app and the providers send appears here by itself, also when it starts nothing.",
    whyNotMore: "Why not more",
    deletedUser: "deleted user",
  },

  /** Why an event started fewer runs than one may expect, as the server notes it. */
  eventNotes: {
    "nobody listens": "No deployed workflow has this event as its trigger.",
    "unknown name": "No App Event has this name: compare the spelling, capital letters too.",
    "user disabled": "The user is disabled.",
    "reconnect needed": "Skipped: the account must be reconnected. Replay it afterwards.",
    "not permitted": "The permissions of the workflows that listen leave this user out.",
    "no account": "The user has not connected an account.",
    "workflow off": "The user has not turned the workflow on.",
    "not wanted": "Every workflow that listens leaves this one out by its inputs.",
  },

  webhooks: {
    label: "Webhooks that started nothing",
    empty: "Nothing waits here",
    emptyText:
      "Every webhook that a provider sent was taken by a workflow, or none came. What cannot be taken is kept here with the reason.",
    /** What happened, and who can do what about it. */
    reasons: {
      no_account: {
        what: "Nobody has connected this account",
        fix: "Your customer connects it in the portal; then send this again.",
      },
      reconnect_needed: {
        what: "The account must be reconnected",
        fix: "Your customer reconnects it in the portal; then send this again.",
      },
      workflow_off: {
        what: "The workflow is off for this account",
        fix: "Your customer turns it on in the portal.",
      },
      nobody_listens: {
        what: "No deployed workflow listens",
        fix: "Deploy a workflow whose trigger is this event.",
      },
      unknown_event: {
        what: "The connector has no trigger for it",
        fix: "Take it out of the app's subscriptions at the provider.",
      },
      not_permitted: {
        what: "The workflow's permissions leave the user out",
        fix: "Change the workflow's permissions.",
      },
      user_disabled: { what: "The user is disabled", fix: "Enable the user, then send this again." },
    },
    sentAgain: "Sent again, and it started a run",
    sentAgainTitle: "Sent again",
    startedRuns: (count: number) => (count === 1 ? "It started a run." : `It started ${count} runs.`),
    account: (integration: string | undefined, account: string) =>
      `${integration ?? "deleted integration"} · account ${account}`,
    asSent: "As the provider sent it",
    copyEvent: "Copy event",
    seeWorkflows: "Workflows of this integration",
  },

  /** Why runs fail, by the stable code: in a few words, who can mend it, and what they do. */
  causes: {
    reconnect_needed: {
      title: "Account must be reconnected",
      who: "Your customer",
      does: "reconnects the account in the portal; then replay this run.",
    },
    disconnected: {
      title: "Account was disconnected",
      who: "Your customer",
      does: "has disconnected the account. Nothing runs for it until it is connected again.",
    },
    missing_scope: {
      title: "Missing scope",
      who: "You, then your customer",
      does: "add the scope to the integration; users who are connected must reconnect to grant it.",
    },
    forbidden: {
      title: "Not allowed at the provider",
      who: "Your customer",
      does: "the connected account may not do this at the provider: someone with more rights connects, or grants them.",
    },
    app_rejected: {
      title: "Your app's credentials were refused",
      who: "You",
      does: "the provider refuses the client id or secret. Test the credentials of the integration.",
    },
    validation: {
      title: "Refused data",
      who: "You, or your customer",
      does: "the provider refuses a value. Mend the step's inputs, or the data in your app, and send it again.",
    },
    invalid_inputs: {
      title: "Inputs make no request",
      who: "You",
      does: "a required input is empty or has the wrong form. Mend the step's inputs.",
    },
    template: {
      title: "Expression failed",
      who: "You",
      does: "an expression in the step cannot be computed for this event. Mend it in the workflow.",
    },
    conflict: {
      title: "Exists already",
      who: "You",
      does: "it exists there already, so nothing was changed. If that may happen, use an action that creates or updates.",
    },
    not_found: {
      title: "Not found at the provider",
      who: "You",
      does: "what the step names is not there (any more). Look it up before, or allow the step to fail.",
    },
    egress_refused: {
      title: "Address refused",
      who: "You",
      does: "the step calls an address that this server may not call. Mend it, or ask the operator of this server.",
    },
    items_failed: {
      title: "Items of a loop failed",
      who: "You",
      does: "open the items that failed below; each says why.",
    },
    rate_limited: {
      title: "Provider's rate limit",
      who: "Nobody",
      does: "the provider limits how often it is called; the step waits by itself.",
    },
    unreachable: {
      title: "Provider unreachable",
      who: "The provider",
      does: "could not be reached, also after the retries. When it is back, replay the run.",
    },
    in_doubt: {
      title: "In doubt",
      who: "You",
      does: "nobody can tell whether the provider carried it out. Look there, then say so in the step below.",
    },
    user_disabled: {
      title: "User is disabled",
      who: "You",
      does: "the user was disabled. Enable the user, then replay this run.",
    },
    user_deleted: {
      title: "User was deleted",
      who: "Nobody",
      does: "the user is gone, and the run with it.",
    },
    cancelled: {
      title: "Cancelled",
      who: "Nobody",
      does: "a person cancelled it. Replay it to do it after all.",
    },
  },
  unknownCause: {
    title: "Failed",
    who: "You",
    does: "look at the request and the answer below, mend the step or the data in your app, and send it again.",
  },
};

/** The forms of the kinds of triggers. */
import type { ReactNode } from "react";
import { commonText } from "./common.ts";

export const triggerFormsText = {
  title: (kind: string) => `Trigger: ${kind}`,
  kind: "What starts it",
  eventAt: (provider: string) => `Event at ${provider}`,
  example: "Example",

  appEvent: {
    newGroup: "New",
    create: "Create new App Event",
  },

  provider: {
    polling: "The provider is asked every minute.",
    webhook: "The provider tells it by webhook. The integration's Credentials page says how it is set up.",
  },

  request: {
    address: "Address (POST, with a user token)",
    answer: "With a Response step the caller waits for its answer; without one it is answered 202 at once.",
    declared:
      "What you declare is checked before a run begins, and steps find it in the variable menu. A request that does not fit is answered 422.",
    parts: {
      body: { title: "Body", about: "Fields of the JSON that is sent" },
      params: { title: "Query", about: "What stands behind the ? of the address" },
      headers: { title: commonText.headers, about: "Any value, or one that it must have" },
    },
  },

  /** The fields that a request must or may have. */
  declared: {
    types: {
      any: "Any type",
      string: "Text",
      number: "Number",
      boolean: "True or false",
      object: "Object",
      array: "List",
    },
    nth: (number: number) => `field ${number}`,
    nameOf: (part: string, number: number) => `${part}: name of field ${number}`,
    valueOf: (field: string) => `Value of ${field}`,
    anyValue: "Any value",
    typeOf: (field: string) => `Type of ${field}`,
    isRequired: (field: string) => `${field} is required`,
    required: "Required",
    add: "Add field",
    addTo: (part: string) => `Add field to ${part}`,
  },

  schedule: {
    kinds: {
      minutes: "Every few minutes",
      hourly: "Every hour",
      daily: "Every day",
      weekly: "Every week",
      monthly: "Every month",
      custom: "By cron",
    },
    cron: "Cron",
    cronAbout: "Second, minute, hour, day, month, day of the week; or five fields without the seconds",
    minutesBetween: "Minutes between",
    atMinute: "At minute",
    onWeekday: "On",
    onDay: "On day",
    at: "At",
    zone: "Time zone",
    zoneOfUserAbout: "From the user: each runs by the own clock, and by UTC where the field is empty",
    zoneOfUserExample: "{{ user.metadata.zone }}",
    oneZone: "One zone for everybody",
    zoneOfUser: "Use the user's own zone",
    next: "Next times",
    nextInUtc: "Next times of a user in UTC",
  },

  webhook: {
    scopes: { account: "One for each connected account", app: "One for the whole app" },
    account: "Where a call names the account",
    accountAbout: "The account's id at the provider",
    address: "Address (POST)",
    addressAbout:
      "The id is the connected account's; getCustomWebhookUserManualUrl of the client SDK fills it in.",
    proof: "How a call proves where it comes from",
    proofs: {
      none: "Nothing: the address is the secret",
      header: "A secret in a header",
      hmac: "A signature of the body",
    },
    header: "Header",
    headerExample: "X-Token",
    signatureExample: "X-Signature",
    secret: "Secret",
    secretOfProject: "One of the project's secrets",
    secretOfProjectOrProvider: "One of the project's secrets, or what the provider gave",
    algorithm: "Algorithm",
    encoding: "Written as",
    prefix: "What stands before it",
    prefixExample: "sha256=",
    which: "Which calls start it",
    when: "Only calls that hold all of these",
    once: "The same event starts one run",
    onceAbout: "For senders that repeat a call",
    event: "Where a call names the event",
    hook: "The hook at the provider",
  },

  handshake: {
    title: "Handshake",
    asks: "The provider asks first",
    asksAbout: "It sends a text, and wants it back before it sends events",
    echo: "Where the text stands",
    as: "It goes back",
    asText: "as plain text",
    asJson: "as JSON, under its name",
    when: "Such a call holds",
  },

  /** Where in a call something stands. */
  place: {
    kinds: { body: "Body", header: "Header", query: "Query" },
    examples: { body: "event.id", header: "X-Event", query: "token" },
    kindOf: (what: string) => `${what}: part of the call`,
    nameOf: (what: string) => `${what}: name`,
    nth: (what: string, number: number) => `${what} ${number}`,
    valueOf: (what: string) => `${what}: value`,
    remove: (number: number) => `Remove ${number}`,
    add: "Add one",
  },

  /** How a hook at the provider is made and removed. */
  hook: {
    make: "Make it by a request",
    makeAbout:
      "When the workflow is switched on; removed when it is switched off, or the account disconnected",
    makes: "Makes the hook",
    id: "What the provider calls it",
    idAbout: "Of its answer",
    secret: "What it signs with",
    secretAbout: "Of its answer, or of the handshake",
    removes: "Removes the hook",
    find: "It can be looked for",
    findAbout: "After a lost answer, and once a day",
    lists: "Lists the hooks",
    list: "The list",
    listUrl: "The address that one calls",
    listId: "What the provider calls it, in the list",
    registrations: "Hooks at the provider",
    notMade: "not made yet",
    appNotMade: "the app's, not made yet",
    tryNow: "Try now",
    forget: "Forget",
    fault: (what: string, nextAttempt: ReactNode) => (
      <>
        {what}.{nextAttempt && <> Next attempt {nextAttempt}.</>}
      </>
    ),
  },
};

/** The words of Settings, Event destinations. */
import type { ReactNode } from "react";
import type { EventName } from "../api/destinations.ts";
import { counted } from "./common.ts";

export const settingsDestinationsText = {
  /** What can be sent, and what it means. */
  events: {
    "run.failed": "A run failed after its last retry",
    "run.inDoubt": "A run waits for a person's decision",
    "credential.invalid": "An account must be connected again",
    "integration.connected": "A user connected an account",
    "integration.disconnected": "A user disconnected an account",
    "workflow.enabled": "A workflow was switched on for a user",
    "workflow.disabled": "A workflow was switched off for a user",
    "workflow.deployed": "A version of a workflow was deployed",
    "workflow.undeployed": "A workflow was undeployed",
    "destination.disabled": "Another event destination was disabled",
    "sync.changed": "Records of a sync changed",
    "sync.conflict": "Both sides of a sync changed the same field",
    "sync.failed": "A sync failed",
  } satisfies Record<EventName, string>,
  list: {
    about:
      "Learn of failed runs, accounts to reconnect and other events without looking here: by signed webhook or by e-mail. Nothing is lost when a destination is down for a while.",
    add: "Add destination",
    onlyAdmins: "An admin can add one.",
    empty: "No event destinations yet",
    emptyText:
      "Add one to be told when a run fails after its last retry, or when a customer must reconnect an account.",
    waiting: (count: number) => `${count} waiting`,
    testOf: (name: string) => `Send test to ${name}`,
    deletedWorkflow: "a deleted workflow",
    onlyOf: (workflows: string) => ` · only of ${workflows}`,
    withHeaders: (headers: string) => ` · with ${headers}`,
    withTemplate: " · payload made of a template",
    disabled: (reason: string) => `Disabled: ${reason}. Mend it, send a test, then enable it again.`,
    failures: (count: number, limit: number) =>
      `${counted(count, "attempt")} in a row failed; at ${limit} it is disabled.`,
    nextTry: (time: ReactNode) => <>Next try {time}.</>,
  },
  menu: {
    more: (name: string) => `More about ${name}`,
    newSecret: "New secret",
    disable: "Disable",
    enable: "Enable",
  },
  deletion: {
    action: "Delete destination",
    text: (pending: number) =>
      `Nothing is sent there any more. Its log goes with it${pending > 0 ? `, and so do ${pending} events that wait` : ""}.`,
  },
  secret: {
    copy: "Copy signing secret",
    added: (name: string) => `${name} is added`,
    addedText:
      "Your receiver checks each webhook with this signing secret. Copy it now: it cannot be shown again.",
    another: "New signing secret",
    before:
      "Webhooks are signed with a new secret at once. The old one still counts for a day, so that you can change your receiver without losing an event.",
    make: "Make new secret",
    after: "Copy it now: it cannot be shown again. For a day webhooks are signed with the old one, too.",
  },
  form: {
    add: "Add an event destination",
    email: "E-mail",
    nameExample: { webhook: "On-call", email: "Integrations team" },
    addressAbout: "Each event is sent there as a signed POST. Redirects are not followed.",
    addressExample: "https://example.com/linchpin-events",
    addressesAbout: "Events that come together are sent as one e-mail.",
    addressesExample: "ops@example.com",
    theseEvents: "These",
    allEvents: "All, also those to come",
    sentEvents: "Events that are sent",
    chooseEvent: "Choose at least one event.",
    workflows: "Only of these workflows",
    workflowsAbout:
      "Events that are about no workflow, such as an account to reconnect, are sent all the same.",
    allWorkflows: "All workflows",
    saveChanges: "Save changes",
    notJson: 'This is not JSON yet. Write it as { "text": "{{ event.type }}" }.',
  },
  headers: {
    about:
      "Sent with each webhook, for example what proves to the receiver who calls. Values are stored sealed and not shown again.",
    name: (number: number) => `Name of header ${number}`,
    nameExample: "Authorization",
    value: (number: number) => `Value of header ${number}`,
    valueExample: "Bearer …",
    stored: "Stored; type to replace it",
    remove: "Remove header",
    removeOne: (number: number) => `Remove header ${number}`,
    add: "Add header",
  },
  payload: {
    whole: "The whole event",
    own: "Made of a template",
    presets: "As it is taken by",
    template: "Template",
    templateAbout:
      "JSON whose texts may hold {{ event.… }}. The event is what is sent without a template; a test shows what becomes of it.",
  },
  deliveries: {
    title: (name: string) => `Deliveries of ${name}`,
    label: "Deliveries",
    all: "All",
    empty: "Nothing here",
    emptyText: "What happens from now on will stand here, with what the destination answered.",
    emptyState: "No delivery is in this state.",
    columns: { happened: "Happened", lastAttempt: "Last attempt" },
    againOf: (event: string) => `Send again: ${event}`,
    disabled: "The destination is disabled",
    older: "Show older",
    details: (event: string) => `Details of ${event}`,
    next: (time: ReactNode) => <>next {time}</>,
    event: (id: ReactNode, attempts: number) => (
      <>
        Event {id}
        {attempts > 0 && ` · ${counted(attempts, "attempt")}`}
      </>
    ),
    data: "What happened",
    copyData: "Copy data",
    notTried: "not tried yet",
    answered: (status: number) => `Answered ${status}`,
    noAnswer: "No answer",
    taken: "Taken",
    took: (what: string, ms: number) => `${what} · ${ms} ms`,
  },
  answer: "Answer",
  copyAnswer: "Copy answer",
  test: {
    title: (name: string) => `Test ${name}`,
    eventAbout: "A made-up event of this kind is sent now. It says that it is a test.",
    send: "Send test",
    answered: (status: number, ms: number) => `Answered ${status} in ${ms} ms`,
    noAnswer: (ms: number) => `After ${ms} ms`,
    sent: "What was sent",
    copySent: "Copy what was sent",
  },
};

/** Trying a draft out: as whom, with what, at the provider or its simulator, and what came of it. */
import { commonText, counted, type Link } from "./common.ts";

export const testingText = {
  test: "Test",
  notSaved: "The newest edits could not be saved, so nothing was tested.",

  user: {
    label: "Test as",
    hint: (integration: string) => `A user with ${integration}`,
    named: (name: string, id: string) => `${name} (${id})`,
    disabled: (user: string) => `${user} · disabled`,
    notConnected: (user: string) => `${user} · not connected`,
  },

  simulate: {
    label: (integration: string) => `Simulate ${integration}`,
    on: (integration: string) => `A simulator in this server answers. ${integration} knows nothing of it.`,
    off: (integration: string) => `Calls go to ${integration}, with the user's account.`,
    noAccount: (anybody: boolean, integration: string, link: Link) => (
      <>
        {anybody ? "This user has not" : "Nobody has"} connected {integration} yet. For tests with a real
        account, {link("make a test token")} and connect one.
      </>
    ),
  },

  step: {
    run: "Test step",
    isPinned: "The output is pinned: tests of the workflow use it instead of calling.",
    unpin: "Unpin",
    pin: "Pin this output",
    pinAbout: "Tests of the workflow then use it instead of calling",
    pinned: "pinned",
    notPinned: "Not pinned",
    notUnpinned: "Not unpinned",
    item: "Item",
    itemNumber: (number: number, failed: boolean) => `Item ${number}${failed ? " · failed" : ""}`,
    shown: "What is shown",
    parts: {
      output: commonText.output,
      inputs: commonText.input,
      request: commonText.request,
      response: "Response",
    },
    copy: (part: string) => `Copy ${part.toLowerCase()}`,
  },

  workflow: {
    title: (workflow: string) => `Test ${workflow}`,
    aboutSimulated: (integration: string) =>
      `Runs the draft once. A simulator of ${integration} answers every call, and nothing leaves the server. Nothing appears in Task History.`,
    aboutReal:
      "Runs the draft once, with the user's account and settings. Calls are real, except where an output is pinned. Nothing appears in Task History.",
    payload: "What the trigger gives",
    settings: "What the user has set",
    settingsAbout: "The settings of the integration and of this workflow, by their ids.",
    run: "Test workflow",
    again: "Test again",
    problems: (count: number) =>
      count === 1
        ? "The workflow has a problem. Solve it first, or test the steps that have none."
        : `The workflow has ${count} problems. Solve them first, or test the steps that have none.`,
    results: "Results",
    items: (count: number) => counted(count, "item"),
  },

  simulator: {
    open: "Records and faults",
    title: (provider: string) => `Simulated ${provider}`,
    about:
      "It lives in this server, is shared by the project's members, and forgets everything when the server stops.",
    fault: (provider: string) => `At the next call ${provider}`,
    setFault: "Set fault",
    /** What providers do to those who call them, after their name. */
    faults: {
      limit: "asks to slow down (429)",
      revoked: "no longer takes the account (401)",
      scope: "misses a permission (403)",
      broken: "is broken (500)",
      before: "hangs up before it is done",
      after: "hangs up after it is done",
    },
    answers: (status: number | undefined) => `answers ${status ?? "nothing"}`,
    waiting: (provider: string, faults: string[]) => `The next call: ${provider} ${faults.join(", then ")}.`,
    takeBack: "Take back",
    empty: "Empty the simulator",
    noRecords: (collection: string) => `No ${collection} yet. Tests make them.`,
    columns: { id: "Id", made: "Made" },
    field: (name: string, value: string) => `${name}: ${value}`,
  },
};

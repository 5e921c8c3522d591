/** Variables: the menu of a field, its chips, and what fields say that hold them. */

import type { ReactNode } from "react";
import { commonText } from "./common.ts";

export const variablesText = {
  sources: {
    trigger: {
      title: commonText.trigger,
      ofItself: "What starts this workflow brings no values of its own.",
      noFields: "The App Event's example has no fields. Add some on the App Events page.",
      notChosen: "Choose an App Event in the trigger first.",
    },
    itemOf: (step: string) => `Item of ${step}`,
    settings: { title: commonText.settings, none: "This integration has no user settings yet." },
    user: { title: commonText.user },
    secrets: {
      title: commonText.secrets,
      hidden: "hidden",
      none: "This project has no secrets yet. Add one in Settings, Secrets.",
      unknown: "Write secrets.NAME for a secret of the project.",
    },
    /** Of a request that fetches pages. */
    pageToken: "token of the next page",
    response: "Response",
    /** Of requests that make and remove a hook at the provider. */
    hook: {
      url: "the address to call",
      id: "what the provider calls the hook",
      secret: "what the provider signs with",
      response: "the provider's answer",
      handshake: "the provider's first call",
      item: "one hook of the list",
    },
  },

  types: {
    text: "text",
    number: "number",
    boolean: "yes or no",
    list: "list",
    object: "object",
    empty: "no value",
  },

  samples: {
    list: (count: number) => `list of ${count}`,
    object: "object",
    none: "No value in the sample",
  },

  chip: {
    noStep: (key: string) => `there is no earlier step “${key}”`,
    noSource: (name: string) => `there is no “${name}”`,
    noSecret: (name: string) => `there is no secret “${name}”`,
    noSetting: (name: string) => `there is no setting “${name}”`,
    notInExample: (path: string) => `the trigger's example has no “${path}”`,
    example: (source: string, value: string) => `${source} · for example ${value}`,
  },

  menu: {
    sources: "Sources",
    variables: "Variables",
    noneCalled: (typed: string) => `No variable is called “${typed}”.`,
    keys: (key: (keys: string) => ReactNode) => (
      <>
        {key("↑")} {key("↓")} choose · {key("←")} {key("→")} source · {key("Enter")} insert · {key("Esc")}{" "}
        close
      </>
    ),
  },

  field: {
    insert: "Insert variable",
    /** Takes a name that exists in place of one that does not. */
    correct: (reference: string) => `Use ${reference}`,
    useVariable: "Use a variable",
    chooseFromList: "Choose from the list",
    chooseFromAccount: "Choose from the account",
    chooseFromSimulated: "Choose from the simulated account",
    chooseFirst: (names: string[]) => `Choose ${names.join(" and ")} first`,
    readingAccount: "Reading the account…",
    nothingOffered: "Nothing there",
    notSet: "Not set",
    notJson: 'This is not JSON yet. Write it as { "name": "value" }.',
    notAnObject: (kind: string) => `This must be a JSON object; it is ${kind}.`,
  },
};

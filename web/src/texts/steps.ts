/** What steps are called, and what is said of them in one line. */

import { commonText } from "./common.ts";

export const stepsText = {
  /** The title of a step that nobody has named yet. */
  newStep: "New step",

  kinds: {
    action: { title: "Action", about: "Something that the integration's provider does" },
    if: { title: "Condition", about: "Goes one of two ways, depending on values" },
    forEach: { title: "Loop", about: "Does the same steps for each item of a list" },
    delay: { title: "Delay", about: "Waits, from seconds to 365 days" },
    function: { title: "Function", about: "Runs JavaScript over the values you give it" },
    request: { title: "HTTP request", about: "Calls any API, or the provider with the user's account" },
    response: { title: "Response", about: "Answers whoever called a Request trigger" },
  },

  /** The lists inside a step. */
  branches: { then: commonText.yes, else: commonText.no, steps: "Each item" },

  /** Under a step's title. */
  summary: {
    noAction: "Choose what it does",
    noInputs: "No fields filled in yet",
    noCondition: "Choose what decides",
    items: (item: string, list: string) => `${item} of ${list}`,
    noList: "Choose a list",
    /** "Wait 1 second": the unit is written in the plural. */
    wait: (time: string, unit: string) => `Wait ${time} ${time === "1" ? unit.replace(/s$/, "") : unit}`,
    code: "Runs JavaScript",
    codeOver: (parameters: string[]) => `JavaScript over ${parameters.join(", ")}`,
    noAddress: "Write an address",
    answers: (status: string) => `Answers ${status}`,
  },

  /** What later steps read. */
  output: {
    none: "This step brings no values.",
    notChosen: "Choose what this step does first.",
    exampleFault: commonText.noAnswer,
  },
};

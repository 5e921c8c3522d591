/** The forms of the kinds of steps, and what a step's failure means. */
import { commonText } from "./common.ts";

export const stepFormsText = {
  kinds: { title: "Or something else" },

  errors: {
    title: "Errors",
    when: "When this step fails",
    stop: "Stop the run",
    continue: "Go on with the next step",
    retry: "Retry failures that may pass",
    retryAbout: "Up to 5 times, with growing pauses",
  },

  action: {
    label: "Action",
    hint: "Choose an action",
    none: "No action is called that",
    additional: {
      title: "Additional fields",
      help: "Any other property, as a JSON object. Texts in it may hold variables.",
      example: '{ "lifecyclestage": "lead" }',
    },
  },

  condition: {
    about: (yes: string, no: string) =>
      `When these conditions hold the run goes on with “${yes}”, otherwise with “${no}”. After that both come together.`,
  },

  delay: {
    amount: "Wait for",
    unit: "Unit",
    units: { seconds: "seconds", minutes: "minutes", hours: "hours", days: "days" },
  },

  function: {
    parameters: "Parameters",
    parametersAbout: "What the code gets as parameters.NAME",
    parameter: "parameter",
    code: "Code",
    about: (key: string) => (
      <>
        What it returns is read as steps.{key}.result. <code>libraries</code> has dates, crypto, csv, text,
        data and url.
      </>
    ),
  },

  loop: {
    list: "List",
    listAbout: "One variable that is a list, or a list in JSON",
    item: "Name of the item",
    itemAbout: "Steps inside read it under this name",
    itemWrong: "Use lower-case letters, digits and _",
    atOnce: "Items at once",
    atOnceAbout: "1 to 100; the order of their beginnings is kept",
    about: (key: string) =>
      `An item that fails does not stop the others. Later steps read steps.${key}: count, succeeded, failed, errors.`,
  },

  /** Tables of names and values; `one` is what a row of them is called. */
  namedValues: {
    nameOf: (one: string, number: number) => `Name of ${one} ${number}`,
    nth: (one: string, number: number) => `${one} ${number}`,
    valueOf: (what: string) => `Value of ${what}`,
    twice: "Twice",
    add: (one: string) => `Add ${one}`,
  },

  request: {
    method: "Method",
    addressExample: "https://api.example.com/items",
    path: (provider: string) => `A path such as /crm/v3/objects goes to ${provider} with the user's account.`,
    query: "Query",
    queryParameter: "query parameter",
    header: "header",
    authentication: "Authentication",
  },

  body: {
    label: "Body",
    kinds: {
      none: "No body",
      body: "JSON",
      form: "Form (urlencoded)",
      multipart: "Form with files (multipart)",
      xml: "XML",
      raw: "Text as it stands",
    },
    jsonHelp: "Texts in it may hold variables.",
    jsonExample: '{ "email": "{{ trigger.email }}" }',
    field: "field",
    text: "Text",
  },

  auth: {
    label: "How it says who it is",
    kinds: {
      default: "The account for paths, else none",
      none: commonText.none,
      bearer: "Bearer token",
      basic: "User name and password",
      oauthClientCredentials: "OAuth client credentials",
    },
    userName: "User name",
    client: {
      tokenUrl: "Address of the token",
      clientId: "Client id",
      clientSecret: commonText.clientSecret,
      scope: "Scopes",
    },
  },

  pages: {
    fetch: "Fetch further pages",
    fetchAbout: "The request is sent again with the next page's token",
    about:
      "Put the variable pageToken into the query or the address. The items of all pages are the step's output.",
    items: "Items of a page",
    token: "Token of the next page",
    tokenAbout: "Null or empty ends it",
    most: "Pages at most",
    stopWhen: "Stop when",
  },

  response: {
    noCaller: "Only a workflow with a Request trigger has a caller to answer.",
    status: "Status",
    header: "header",
    what: "What is answered",
    body: "JSON or text",
    file: "A file",
    fileAbout: "A variable that holds a file: of the trigger, or the body of a request's answer",
    fileExample: "{{ trigger.body.file }}",
    bodyLabel: "Body",
    bodyHelp: "JSON. Texts in it may hold variables; one variable alone is sent as it is.",
    bodyExample: '{ "id": "{{ steps.create.id }}" }',
  },
};

/** The words of Integrations: their list, and the tabs of one. */
import type { ReactNode } from "react";
import type { CheckedManifest, TestedCredentials } from "../api/integrations.ts";
import type { Sync } from "../api/syncs.ts";
import { counted, grouped, type Link } from "./common.ts";

export const integrationsText = {
  list: {
    about:
      "The services your customers can connect. Set one up with your app's credentials, then build workflows on it.",
    custom: "Custom integration",
    search: "Search integrations",
    empty: "Nothing found",
    emptyText: (typed: string) => `No integration is called “${typed}”.`,
    setUp: (name: string) => `Set up ${name}`,
  },
  page: {
    tabs: {
      workflows: "Workflows",
      credentials: "Credentials",
      portal: "Portal",
      syncs: "Syncs",
      connector: "Connector",
    },
    active: "Active",
    notActive: "Not active yet",
  },
  custom: {
    about: "A service that Linchpin does not bring, described by a manifest: your own API, or any other.",
    breadcrumb: "New",
  },
  manifest: {
    slug: "Name in the API",
    slugAbout: (type: string | null | undefined) =>
      `Its type is “custom.” and this name; the manifest's kind when empty.${type ? ` Now: ${type}` : ""}`,
    slugExample: "tasklab",
    label: "Manifest",
    about: "YAML or JSON: how accounts are connected, and the actions that workflows can use.",
    save: "Save manifest",
    create: "Create integration",
    saved: "Workflows use it from now on.",
    afterSaving:
      "Accounts and workflows stay. Runs that began before may meet the new manifest, so keep the actions that they use.",
    afterCreating: "It begins inactive: enter credentials where it needs an app, then switch it on.",
    api: (link: Link) => <>{link("The API can do the same")}.</>,
    good: ({ name, actions, triggers }: CheckedManifest) =>
      `${name ?? "It"} is good: ${counted(actions, "action")}, ${counted(triggers, "trigger")}.`,
    problems: (count: number) => counted(count, "mistake"),
  },
  credentials: {
    saved: {
      active: (name: string) => `${name} is active.`,
      inactive: (name: string) => `Switch ${name} to active when you are ready.`,
    },
    noApp: {
      title: "Nothing to set up here",
      text: (asked: string, name: string) =>
        `Each user enters their own in the Connect Portal: ${asked}. ${name} is asked whether it takes them; they are stored sealed.`,
    },
    app: {
      title: (name: string) => `Create an app at ${name}`,
      text: "Create an OAuth app in the provider's developer pages.",
      hubspot: (link: Link) => (
        <>
          Sign in to {link("developers.hubspot.com")}, open your developer account and create a public app.
          Your customers see its name when they connect.
        </>
      ),
    },
    redirectUrl: {
      title: "Give it this redirect URL",
      label: "Redirect URL",
      about: "In the app's Auth settings. It must match to the letter.",
      copy: "Copy redirect URL",
    },
    webhookUrl: {
      label: "Webhook URL",
      about:
        "Only for workflows that begin with an event of the provider: the target URL of the app's webhooks.",
      copy: "Copy webhook URL",
    },
    scopes: {
      title: "Choose the scopes",
      about:
        "They must equal the scopes of the app: required ones are always asked for, optional ones are asked for and may be missing.",
      required: "Required scopes",
      optional: "Optional scopes",
      choose: "Choose or type a scope",
      copy: (label: string) => `Copy ${label.toLowerCase()}`,
    },
    keys: {
      title: "Enter the app's client id and secret",
      clientId: "Client ID",
      secretAbout: "Stored sealed. It cannot be read back.",
      stored: "Stored",
      replace: "Replace secret",
    },
    advanced: {
      title: "Advanced",
      apiVersion: "API version",
      apiVersionAbout: "Which of the provider's API versions is called",
      baseUrl: (name: string) => `Base URL: ${name}`,
      baseUrlAbout: "Change it only to use a mock or simulator",
    },
    saveAndActivate: "Save and switch on",
    test: {
      button: "Test these credentials",
      outcomes: {
        known: (name) => `${name} knows this client id and secret`,
        unknown: (name) => `${name} does not know this client id, or the secret is another`,
        redirectUrl: (name) => `${name} does not take the redirect URL for this app`,
        unclear: (name) => `${name}'s answer does not say whether it knows them`,
        unreachable: (name) => `${name} gave no answer`,
      } satisfies Record<TestedCredentials["outcome"], (name: string) => string>,
      checked: (what: string) => `Checked: ${what}.`,
      answered: (what: string) => `It answered: ${what}`,
      notChecked: (what: string) => `Not checked: ${what}.`,
    },
  },
  portal: {
    saved: "The portal shows it at once.",
    overview: "Overview",
    descriptionAbout: "One sentence under the name, before someone connects",
    descriptionExample: (name: string) => `Connect ${name} to keep your contacts in step`,
    overviewAbout: "Markdown: what the integration does, and what the customer needs",
    appearance: "Appearance",
    accent: "Accent color",
    accentAbout: "Of buttons and switches in the portal",
    pickColor: "Pick a color from the screen",
    theme: "Theme",
    themes: { system: "Same as the system", light: "Light", dark: "Dark" },
    branding: "Show “Powered by Linchpin”",
  },
  preview: {
    label: "Preview",
    frame: "Preview of the Connect Portal",
    account: "Account in the preview",
    notConnected: "Not connected",
    theme: "Theme of the preview",
    themeAsSet: "As set",
    width: "Width of the preview",
    wide: "Page",
    phone: "Phone",
    language: "Language of the preview",
    english: "English",
    german: "Deutsch",
    /** What the portal in the frame is told of. */
    exampleAccount: (name: string) => `Example account at ${name}`,
    recordType: "Record type",
    field: "Field",
    examples: ["First example", "Second example", "Third example"],
  },
  settings: {
    empty: (
      <>
        Customers are asked for nothing yet. Add a setting, and use its answer in steps as{" "}
        <code>{"{{ settings.id }}"}</code>.
      </>
    ),
    add: "Add a setting",
    up: (name: string) => `Move ${name} up`,
    down: (name: string) => `Move ${name} down`,
    title: "Title",
    id: "Id",
    idAbout: "Steps name it. Answers are kept under it.",
    hint: "Hint",
    offers: "Offers",
    entries: "Entries",
    entriesAbout: "One on each line: value | what the customer reads",
    key: "Key",
    keyAbout: (key: string) => `Your page gives the entries: connect(type, { dropdowns: { ${key}: […] } })`,
    fields: "Your fields",
    fieldsAbout:
      "One on each line. In steps: trigger.mappedIntegrationObject.fields, where the workflow applies this mapping.",
    permissionsAbout: "One on each line: name | what it allows",
    text: "Text",
    value: "Value until the customer gives one",
    required: "Needed before anything can be switched on",
    /** What a new setting begins with. */
    firstEntry: "First",
    types: {
      text: "Text",
      longText: "Long text",
      number: "Number",
      email: "E-mail address",
      url: "Web address",
      switch: "Switch",
      choice: "Choice",
      appChoice: "Choice from your application",
      accountChoice: "Choice from the customer’s account",
      twoChoices: "Two choices, one after the other",
      choices: "Choices, one after the other",
      fieldMapping: "Field mapping",
      copyable: "Something to copy",
    },
  },
  syncs: {
    noneOffered: "Nothing to sync",
    noneOfferedText: (name: string) =>
      `The connector of ${name} names no records that can be kept the same here. Workflows and requests of your backend reach them.`,
    empty: "No syncs yet",
    emptyText: (name: string) =>
      `A sync keeps records of your customers' ${name} the same here, for your backend to read and to write. Declare one below the integration.`,
    example: "In the project file",
    openProjectFile: "Open the project file",
    about: (sync: Sync, object: ReactNode) => (
      <>
        {sync.direction === "both" ? "Reads and writes" : "Reads"} {object} every {sync.everyMinutes} min
        {sync.direction === "both" && ` · in a conflict ${winners[sync.conflict]} wins`}
        {sync.checkHours > 0 && ` · compared every ${sync.checkHours} h`}
      </>
    ),
    noAccounts: "No account is connected yet.",
    columns: {
      lastPass: "Last pass",
      lastCheck: "Last comparison",
    },
    notYet: "not yet",
    read: (count: number) => `${grouped(count)} read so far`,
    pending: (count: number) => `${count} to send`,
    refused: (count: number) => `${count} refused`,
    conflicts: (count: number) => `${count} conflicts so far`,
    missing: (count: number) => `${count} missing`,
    differing: (count: number) => `${count} different`,
    surplus: (count: number) => `${count} gone`,
    same: "All the same",
    mended: (parts: string) => `${parts}; mended`,
    run: "Sync now",
    check: "Compare",
    resume: "Resume",
    pause: "Pause",
  },
  users: {
    empty: "Nobody has connected yet",
    emptyText: (type: string) =>
      `Call connect("${type}") in your app. The overview has the code, filled with this project's ids.`,
  },
  workflows: {
    empty: "No workflows yet",
    emptyText: (name: string) =>
      `A workflow says what happens in your customer's ${name} when something happens in your app.`,
    columns: {
      usersOn: "Users on",
      changed: "Changed",
    },
    noTrigger: "none yet",
    trigger: (title: string, summary: string) => `${title}: ${summary}`,
    dialog: "Create a workflow",
    nameAbout: "Your customers see it in the portal: say what it does for them.",
    nameExample: "Sync contacts",
  },
};

const winners: Record<Sync["conflict"], string> = {
  newest: "the newest change",
  provider: "the provider",
  app: "your app",
};

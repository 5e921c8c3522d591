/**
 * Every word of the portal, in each of its languages. A language is complete, or it does not compile.
 *
 * What the host and the connector wrote (names, overview, titles of settings) is theirs and stays as it is.
 */

/** What is said of something that was done, that failed, and that nobody is certain of. */
interface Verb {
  done: (thing: string) => string;
  failed: (thing: string) => string;
  doubt: (thing: string) => string;
}

function englishVerb(past: string, infinitive: string): Verb {
  return {
    done: (thing) => `${past.charAt(0).toUpperCase()}${past.slice(1)} ${thing}`,
    failed: (thing) => `Could not ${infinitive} ${thing}`,
    doubt: (thing) => `May have ${past} ${thing}`,
  };
}

function germanVerb(participle: string): Verb {
  return {
    done: (thing) => `${thing} ${participle}`,
    failed: (thing) => `${thing}: konnte nicht ${participle} werden`,
    doubt: (thing) => `${thing}: vielleicht ${participle}`,
  };
}

const en = {
  close: "Close",
  overview: "Overview",
  configuration: "Configuration",
  activity: "Activity",
  pages: "Pages",
  optional: "optional",
  saving: "Saving…",
  saved: "Saved",
  choose: "Choose…",
  search: "Search…",
  loading: "Loading…",
  nothingFound: "Nothing found.",
  more: "Show more",
  again: "Try again",
  help: "Where do I find this?",
  clear: (title: string) => `Clear ${title}`,
  settings: "Settings",
  settingsOf: (name: string) => `Settings of ${name}`,
  workflows: "Workflows",
  noWorkflows: "There is nothing to switch on yet.",
  connected: "Connected",
  yourAccount: (name: string) => `Your ${name} account`,
  needsReconnect: "Needs to be reconnected",
  notFinished: "Not finished yet",
  accounts: "Accounts",
  addAccount: (name: string) => `Connect another ${name} account`,
  configurations: "Configuration set",
  defaultConfiguration: "Default",
  connect: (name: string) => `Connect ${name}`,
  connecting: "Connecting…",
  ways: "How do you want to connect?",
  connectLead: (name: string) => `Connect your ${name} account to use it here.`,
  reconnect: (name: string) => `Reconnect ${name}`,
  dead: (name: string) =>
    `${name} no longer accepts this connection, so nothing is being synced. Reconnect to go on; your settings are kept.`,
  pending: (name: string) => `${name} needs one more thing from you before anything is synced.`,
  finish: "Finish",
  scopes: (name: string, workflows: string) =>
    `${workflows} cannot work yet: ${name} has not been allowed to do all it needs.`,
  scopesFor: "Not allowed yet:",
  grant: "Grant access",
  fillIn: (titles: string) => `Fill in ${titles} before you switch anything on.`,
  fillInFirst: (titles: string) => `Fill in ${titles} first.`,
  needed: (title: string) => `${title} is needed.`,
  notEmail: "This is not an e-mail address.",
  notUrl: "An address begins with https://.",
  notNumber: "This is not a number.",
  unknownKind: "This setting cannot be changed here yet.",
  chooseFirst: (title: string) => `Choose ${title} first.`,
  chooseOtherFirst: "Choose the setting it depends on first.",
  secretStored: "Stored. It is not shown again.",
  replace: "Replace",
  keep: "Keep the present one",
  chooseFile: "Choose a file…",
  fileStored: (size: string) => `A file is stored (${size})`,
  remove: "Remove",
  removeField: (name: string) => `Remove ${name}`,
  fileTooLarge: (size: string) => `The file is larger than ${size}.`,
  fileUnreadable: "The file could not be read.",
  copy: "Copy",
  copied: "Copied",
  yourFields: "Your field",
  theirFields: (name: string) => `Field in ${name}`,
  record: "Record type",
  addField: "Add a field",
  createField: "Create a field",
  newField: "Name of the new field",
  create: "Create",
  required: "always needed",
  permissions: "Permissions",
  waiting: (name: string) => `Waiting for ${name}…`,
  windowClosed: (name: string) => `The ${name} window was closed. `,
  windowBehind: "The window is behind? ",
  openAgain: "Open it again",
  cancel: "Cancel",
  continueHere: (name: string) => `Continue to ${name} in this tab`,
  blocked: (name: string) =>
    `Your browser blocked the ${name} window. Allow pop-ups for this page, then try again; or go on without a window.`,
  denied: (name: string) => `Access to ${name} was not given. Connect again and allow it on ${name}’s page.`,
  closedEarly: (name: string) =>
    `The ${name} window was closed before access was given. Connect again to go on.`,
  offline: "The connection failed. Check that you are online, then try again.",
  failed: (name: string) => `${name} could not be connected. Try again.`,
  failedBecause: (name: string, reason: string) => `${name} could not be connected: ${reason}. Try again.`,
  wrong: "Something went wrong.",
  disconnect: "Disconnect",
  disconnecting: "Disconnecting…",
  disconnectAsk: (name: string) => `Disconnect ${name}?`,
  disconnectStops: (workflows: string, name: string) =>
    `This stops ${workflows} and forgets the settings here. What was already synced stays in ${name}.`,
  disconnectNothing: (name: string) =>
    `Nothing is synced with ${name} any more, and the settings here are forgotten. What was already synced stays there.`,
  keepConnected: "Keep it connected",
  and: "and",
  quotes: ["“", "”"] as readonly [string, string],
  poweredBy: "Powered by Linchpin",
  preview: "Preview",
  activityLead: (name: string) => `What was read and written in your ${name} account, newest first.`,
  activityNone: "Nothing was read or written yet.",
  activityFor: (workflow: string) => `for “${workflow}”`,
  /** Of what has no words here. */
  activityFailed: (what: string) => `Failed: ${what}`,
  activityDoubt: (what: string) => `Not certain: ${what}`,
  activityCall: (what: string) => `Called ${what}`,
  verbs: {
    create: englishVerb("created", "create"),
    update: englishVerb("changed", "change"),
    upsert: englishVerb("created or changed", "create or change"),
    delete: englishVerb("deleted", "delete"),
    get: englishVerb("read", "read"),
    search: englishVerb("looked for", "look for"),
    list: englishVerb("read a list of", "read a list of"),
  },
  /** One and several. */
  things: {
    contacts: ["a contact", "contacts"],
    companies: ["a company", "companies"],
    deals: ["a deal", "deals"],
    tickets: ["a ticket", "tickets"],
    notes: ["a note", "notes"],
    tasks: ["a task", "tasks"],
    calls: ["a call", "calls"],
    emails: ["an e-mail", "e-mails"],
    meetings: ["a meeting", "meetings"],
    associations: ["a link between records", "links between records"],
    objects: ["a record", "records"],
    owners: ["an owner", "owners"],
    pipelines: ["a pipeline", "pipelines"],
    properties: ["a field", "fields"],
    lists: ["a list", "lists"],
    forms: ["a form", "forms"],
    messages: ["a message", "messages"],
    files: ["a file", "files"],
    users: ["a user", "users"],
  } as Record<string, readonly [string, string]>,
};

export type Messages = typeof en;

const de: Messages = {
  close: "Schließen",
  overview: "Überblick",
  configuration: "Einstellungen",
  activity: "Aktivität",
  pages: "Seiten",
  optional: "freiwillig",
  saving: "Wird gespeichert…",
  saved: "Gespeichert",
  choose: "Auswählen…",
  search: "Suchen…",
  loading: "Wird geladen…",
  nothingFound: "Nichts gefunden.",
  more: "Mehr anzeigen",
  again: "Noch einmal",
  help: "Wo finde ich das?",
  clear: (title) => `${title} leeren`,
  settings: "Optionen",
  settingsOf: (name) => `Optionen von ${name}`,
  workflows: "Abläufe",
  noWorkflows: "Es gibt noch nichts einzuschalten.",
  connected: "Verbunden",
  yourAccount: (name) => `Ihr ${name}-Konto`,
  needsReconnect: "Muss neu verbunden werden",
  notFinished: "Noch nicht fertig",
  accounts: "Konten",
  addAccount: (name) => `Weiteres ${name}-Konto verbinden`,
  configurations: "Einstellungssatz",
  defaultConfiguration: "Standard",
  connect: (name) => `${name} verbinden`,
  connecting: "Wird verbunden…",
  ways: "Wie möchten Sie verbinden?",
  connectLead: (name) => `Verbinden Sie Ihr ${name}-Konto, um es hier zu nutzen.`,
  reconnect: (name) => `${name} neu verbinden`,
  dead: (name) =>
    `${name} nimmt diese Verbindung nicht mehr an, deshalb wird nichts abgeglichen. Verbinden Sie neu; Ihre Einstellungen bleiben erhalten.`,
  pending: (name) => `Für ${name} fehlt noch eine Angabe von Ihnen, bevor etwas abgeglichen wird.`,
  finish: "Fertigstellen",
  scopes: (name, workflows) =>
    `${workflows}: geht noch nicht, denn bei ${name} ist noch nicht alles dafür Nötige erlaubt.`,
  scopesFor: "Noch nicht erlaubt:",
  grant: "Zugriff erlauben",
  fillIn: (titles) => `Füllen Sie zuerst ${titles} aus, bevor Sie etwas einschalten.`,
  fillInFirst: (titles) => `Füllen Sie zuerst ${titles} aus.`,
  needed: (title) => `${title} wird gebraucht.`,
  notEmail: "Das ist keine E-Mail-Adresse.",
  notUrl: "Eine Adresse beginnt mit https://.",
  notNumber: "Das ist keine Zahl.",
  unknownKind: "Diese Einstellung lässt sich hier noch nicht ändern.",
  chooseFirst: (title) => `Wählen Sie zuerst ${title}.`,
  chooseOtherFirst: "Wählen Sie zuerst die Einstellung, von der diese abhängt.",
  secretStored: "Gespeichert. Der Wert wird nicht mehr angezeigt.",
  replace: "Ersetzen",
  keep: "Den jetzigen behalten",
  chooseFile: "Datei auswählen…",
  fileStored: (size) => `Eine Datei ist gespeichert (${size})`,
  remove: "Entfernen",
  removeField: (name) => `${name} entfernen`,
  fileTooLarge: (size) => `Die Datei ist größer als ${size}.`,
  fileUnreadable: "Die Datei konnte nicht gelesen werden.",
  copy: "Kopieren",
  copied: "Kopiert",
  yourFields: "Ihr Feld",
  theirFields: (name) => `Feld in ${name}`,
  record: "Datensatzart",
  addField: "Feld hinzufügen",
  createField: "Feld anlegen",
  newField: "Name des neuen Feldes",
  create: "Anlegen",
  required: "immer nötig",
  permissions: "Berechtigungen",
  waiting: (name) => `Warten auf ${name}…`,
  windowClosed: (name) => `Das ${name}-Fenster wurde geschlossen. `,
  windowBehind: "Das Fenster liegt dahinter? ",
  openAgain: "Noch einmal öffnen",
  cancel: "Abbrechen",
  continueHere: (name) => `In diesem Tab zu ${name}`,
  blocked: (name) =>
    `Ihr Browser hat das ${name}-Fenster blockiert. Erlauben Sie Pop-ups für diese Seite und versuchen Sie es noch einmal; oder machen Sie ohne Fenster weiter.`,
  denied: (name) =>
    `Der Zugriff auf ${name} wurde nicht erlaubt. Verbinden Sie noch einmal und erlauben Sie ihn auf der Seite von ${name}.`,
  closedEarly: (name) =>
    `Das ${name}-Fenster wurde geschlossen, bevor der Zugriff erlaubt war. Verbinden Sie noch einmal.`,
  offline: "Die Verbindung ist gescheitert. Sind Sie online? Dann versuchen Sie es noch einmal.",
  failed: (name) => `${name} konnte nicht verbunden werden. Versuchen Sie es noch einmal.`,
  failedBecause: (name, reason) =>
    `${name} konnte nicht verbunden werden: ${reason}. Versuchen Sie es noch einmal.`,
  wrong: "Etwas ist schiefgegangen.",
  disconnect: "Trennen",
  disconnecting: "Wird getrennt…",
  disconnectAsk: (name) => `${name} trennen?`,
  disconnectStops: (workflows, name) =>
    `Damit hört ${workflows} auf, und die Einstellungen hier werden vergessen. Was schon abgeglichen ist, bleibt in ${name}.`,
  disconnectNothing: (name) =>
    `Mit ${name} wird nichts mehr abgeglichen, und die Einstellungen hier werden vergessen. Was schon abgeglichen ist, bleibt dort.`,
  keepConnected: "Verbunden bleiben",
  and: "und",
  quotes: ["„", "“"],
  poweredBy: "Läuft mit Linchpin",
  preview: "Vorschau",
  activityLead: (name) => `Was in Ihrem ${name}-Konto gelesen und geschrieben wurde, das Neueste zuerst.`,
  activityNone: "Es wurde noch nichts gelesen oder geschrieben.",
  activityFor: (workflow) => `für „${workflow}“`,
  activityFailed: (what) => `Nicht gelungen: ${what}`,
  activityDoubt: (what) => `Nicht sicher: ${what}`,
  activityCall: (what) => `Aufruf: ${what}`,
  verbs: {
    create: germanVerb("angelegt"),
    update: germanVerb("geändert"),
    upsert: germanVerb("angelegt oder geändert"),
    delete: germanVerb("gelöscht"),
    get: germanVerb("gelesen"),
    search: germanVerb("gesucht"),
    list: germanVerb("aufgelistet"),
  },
  things: {
    contacts: ["Kontakt", "Kontakte"],
    companies: ["Firma", "Firmen"],
    deals: ["Deal", "Deals"],
    tickets: ["Ticket", "Tickets"],
    notes: ["Notiz", "Notizen"],
    tasks: ["Aufgabe", "Aufgaben"],
    calls: ["Anruf", "Anrufe"],
    emails: ["E-Mail", "E-Mails"],
    meetings: ["Termin", "Termine"],
    associations: ["Verknüpfung", "Verknüpfungen"],
    objects: ["Datensatz", "Datensätze"],
    owners: ["Zuständige Person", "Zuständige"],
    pipelines: ["Pipeline", "Pipelines"],
    properties: ["Feld", "Felder"],
    lists: ["Liste", "Listen"],
    forms: ["Formular", "Formulare"],
    messages: ["Nachricht", "Nachrichten"],
    files: ["Datei", "Dateien"],
    users: ["Benutzer", "Benutzer"],
  },
};

export const LANGUAGES = { en, de } as const;
export type LanguageTag = keyof typeof LANGUAGES;

/** The first of the wished-for languages that the portal speaks; English where there is none. */
export function languageOf(wished: readonly unknown[]): LanguageTag {
  for (const wish of wished) {
    if (typeof wish !== "string") continue;
    const tag = wish.toLowerCase().split(/[-_]/)[0];
    if (tag === "en" || tag === "de") return tag;
  }
  return "en";
}

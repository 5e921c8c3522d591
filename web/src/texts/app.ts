/** The words around every page: frame, palette, sign-in, and what a role may not do. */
export const appText = {
  brand: "Linchpin",
  version: (version: string) => `Linchpin ${version}`,
  navigation: {
    label: "Project",
    search: "Search and go to",
    goTo: "Go to…",
    goToKeys: "⌘K",
    open: "Open navigation",
    close: "Close navigation",
  },
  project: {
    switcher: (name: string) => `Project ${name}`,
    unnamed: "Project",
    all: "Projects",
    dialog: "Create a project",
    about: "Your product's name, for example. One project holds its integrations, users and keys.",
    example: "Acme",
    create: "Create project",
  },
  member: {
    appearance: "Appearance",
    schemes: { light: "Always light", dark: "Always dark", auto: "Same as the system" },
    signOut: "Sign out",
  },
  palette: {
    title: "Go to",
    ask: "Go to a page or workflow, or do something",
    nothing: (typed: string) => `Nothing is called “${typed}” here.`,
    /** Behind a command of the page that is open. */
    ofPage: (page: string, keys: string) => `${page} · ${keys}`,
    generalSettings: "General settings",
    page: "Page",
    project: "Project",
  },
  shortcuts: {
    title: "Keyboard shortcuts",
    everywhere: "Everywhere",
    /** Keys, and what they do. */
    items: [
      ["⌘K or Ctrl K", "Go to a page or workflow, do something, copy an id"],
      ["?", "Show these shortcuts"],
      ["Esc", "Close a dialog or menu"],
    ] satisfies [string, string][],
  },
  signIn: {
    ended: "Your session has ended",
    again: "Sign in to go on. What you have typed is still here; save it again afterwards.",
  },
  deletion: {
    action: (what: string) => `Delete ${what}`,
    used: (names: string, loses: string) => `${names} ${loses}`,
    unused: "No workflow uses it.",
  },
  rights: {
    /** Above a form that can be read only. */
    readable: (changing: string) => `You can look at this page. ${changing}`,
    released:
      "Only releases change this project. Change it in the project that it is released from, or allow changes in Settings, Releases.",
    releasedChanging:
      "Only releases change this project: change it in the project that it is released from, or allow changes in Settings, Releases.",
    role: (needed: string, mine: string) => `This ${takes(needed, mine)}`,
    roleChanging: (needed: string, mine: string) => `Changing it ${takes(needed, mine)}`,
  },
};

function takes(needed: string, mine: string): string {
  return `takes the role ${needed}; yours is ${mine}. An admin can give you another in Settings, Team.`;
}

/** The words of Settings, but for the pages that have a file of their own. */
import { commonText, counted } from "./common.ts";

export const settingsText = {
  /** By their part of the address. */
  tabs: {
    general: "General",
    "signing-keys": "Signing keys",
    "test-tokens": commonText.testTokens,
    secrets: commonText.secrets,
    "api-keys": "API keys",
    "project-file": "Project file",
    "event-destinations": "Event destinations",
    releases: "Releases",
    team: "Team",
    "audit-log": "Audit log",
  },
  general: {
    saved: "It applies at once.",
    origins: "Allowed origins",
    originsAbout:
      "Pages that may open the portal. Empty allows any, and asks your users before they connect.",
    originsExample: "https://app.example.com",
    metadata: "User metadata sample",
    metadataAbout:
      "What your app sets with setUserMetadata(). Its fields appear in the variable menu under User.",
    retentionAbout: "Whoever operates the server sets it for all projects (retention, LINCHPIN_RETENTION).",
  },
  file: {
    unnamed: "project",
    export: "Export",
    exportAbout:
      "Integrations, deployed workflows, App Events and public keys as one YAML file, to keep, to review or to apply elsewhere. Secrets stand in it by name only. Drafts, connected users and their accounts are not part of it.",
    download: "Download the project file",
    import: "Import",
    importAbout:
      "Applies a file to this project, whatever its name in the file is. You see what would change first; all of it is done, or nothing. What the file does not mention stays.",
    choose: "Choose a project file",
    label: "The file",
    valueOf: (name: string) => `Value of ${name}`,
    valueAbout: "The file names it, and this project has no value for it yet. It is stored sealed.",
    prune: "Remove what the file does not mention",
    pruneAbout: "Workflows, App Events, secrets and keys; never connected users",
    look: "Show what would change",
    apply: (changes: number) => `Apply ${counted(changes, "change")}`,
    applied: "The project file was applied",
    appliedText: (changes: number) => counted(changes, "change"),
    changes: "What would change",
    noChanges: "Nothing would change",
    otherProject: (from: string, to: string) =>
      `The file was made for ${from}. It would be applied to ${to}.`,
    notApplied: "Nothing was applied",
  },
  team: {
    invite: "Invite",
    invited: "Invited",
    you: " (you)",
    roleOf: (name: string) => `Role of ${name}`,
    removeTitle: (name: string) => `Remove ${name}?`,
    removeAction: "Remove from project",
    removeText: (name: string) => `${name} can no longer open this project. What they built stays.`,
  },
  invitations: {
    label: "Invitations",
    invitedBy: "Invited by",
    ends: "Link ends",
    withdraw: "Withdraw",
    withdrawOf: (email: string) => `Withdraw the invitation of ${email}`,
    dialog: "Invite to this project",
    make: "Make invitation link",
    made: (email: string) => `Invitation for ${email}`,
    madeText: (email: string) =>
      `Send this link to ${email}. It works once, for a week, and cannot be shown again.`,
    copy: "Copy invitation link",
  },
  audit: {
    about:
      "Everything that people and API keys changed in this project. Lines can be neither changed nor removed.",
    noPermission: "The audit log says who did what.",
    empty: "Nothing was changed yet",
    emptyText: "The first change in this project will stand here.",
    columns: { who: "Who", what: "What", subject: "To what" },
  },
};

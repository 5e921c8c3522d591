/** The words of the pages of connected users. */
import type { ReactNode } from "react";
import { commonText, counted, type Link } from "./common.ts";

export const usersText = {
  disabled: "Disabled",
  accounts: "Accounts",

  list: {
    about: "Your customers' users, as your app names them. A user appears with the first valid token.",
    search: "Search users",
    searchFor: "Search by id, name or email",
    empty: "No users yet",
    emptyText: "Users appear when your app calls authenticate() with a token that your backend signed.",
    makeTestToken: "Make a test token",
    nobodyFound: "Nobody found",
    nobodyContains: (search: string) => `No user's id, name or email contains “${search}”.`,
    more: "Show more",
    workflowsOn: "Workflows on",
    lastSeen: "Last seen",
    firstSeen: "First seen",
    noAccounts: "none",
  },

  user: {
    deleted: (name: string) => `${name} was deleted`,
    about: (email: string | null | undefined, lastSeen: ReactNode) => (
      <>
        {email ? `${email} · ` : ""}last seen {lastSeen}
      </>
    ),
    showRuns: "Show runs",
    more: "More actions for this user",
    delete: "Delete user…",
    details: "Details",
    copyId: "Copy user id",
    metadata: "Metadata",
    copyMetadata: "Copy metadata",
    enable: "Enable user",
    disable: "Disable user",
    disableName: (name: string) => `Disable ${name}?`,
    disabling:
      "Their tokens are refused and their unfinished runs are cancelled. Accounts and settings stay.",
  },

  account: {
    none: 'This user has not connected an account yet. Call connect("hubspot") in your app, or act as this user and connect one in the portal.',
    connected: (moment: ReactNode) => <>Connected {moment}</>,
    unknownTime: "at an unknown time",
    providerId: (id: string) => ` · account ${id}`,
    externalId: (id: string) => ` · your id ${id}`,
    renewed: (moment: ReactNode) => <> · token renewed {moment}</>,
    granted: (scopes: ReactNode) => <>Granted: {scopes}</>,
    defaultConfiguration: "Default configuration",
    configuration: (id: string) => `Configuration ${id}`,
    notPermitted: "not permitted",
    whyNotPermitted: "The workflow's conditions leave this user out",
    emptySetting: "empty",
  },

  actAs: {
    begin: "Act as preview user",
    already: "Acting as preview user",
    disabled: "A disabled user runs nothing. Enable the user first.",
    title: (name: string) => `You act as ${name}`,
    about:
      "Tests in the editor now run with this user's accounts and settings. In the portal you see what this user sees, and what you change there is changed for this user. The audit log says that it was you.",
    portal: "Portal as this user",
    noIntegration: (link: Link) => <>No integration is active. {link("Set one up")}</>,
    openPortal: (integration: string) => `Open ${integration} portal`,
  },

  deleting: {
    action: "Delete user for good",
    erased: "Everything that is stored of this user is erased, and there is no way back:",
    accounts: (accounts: number, workflows: number) =>
      `${counted(accounts, "account")}, revoked at the provider where it offers that, with settings; ${counted(workflows, "workflow")} stop`,
    events: "App Events and webhooks that were received for the user, with their data",
    runs: "Runs in Task History, with every input and output; unfinished ones are cancelled",
    metadata: "Name, email and other metadata",
    stays:
      "What was written into the user's own systems stays there. If your app sends a token for this user again, the user comes back as a new one, without anything.",
  },

  proof: {
    label: "Proof of erasure",
    gone: "Nothing is left of this user",
    goneText: "Afterwards the database was searched for the user again: 0 rows name the user.",
    left: (rows: number) => `${rows} rows are left`,
    leftText: "Delete the user again to take up what was not finished.",
    erased: "Erased",
    rows: "Erased rows",
    download: "Download this proof",
    back: "Back to users",
    tables: {
      connectedUsers: "User, with metadata",
      credentials: "Accounts, with tokens",
      configurations: "Configurations, with settings",
      enablements: "Workflows switched on or off",
      runs: commonText.runs,
      journal: "Inputs, outputs and exchanges of steps",
      receivedEvents: "Received events, with payloads",
      syncRecords: "Synced records",
      syncAccounts: "Positions of syncs",
      pins: "Outputs kept for tests",
      webhookDeliveries: "Webhooks in the inbox",
      hookRegistrations: "Hooks at providers",
      connectSessions: "Attempts to connect",
      pollCursors: "Polling positions",
      idempotencyKeys: "Idempotency keys",
    },
    revoked: "The provider has forgotten the grant.",
    revokingNotOffered: "The provider has no address for that; the account is deleted here.",
    revokingFailed: "The provider could not be told; the account is deleted here.",
  },

  why: {
    nothing: "Why did nothing happen for this user?",
    works: "Everything works for this user",
    tokenSeen: {
      yes: "A valid token was seen",
      no: "No valid token was seen yet",
      next: (link: Link) => (
        <>
          Your app must call authenticate() with a token that your backend signed. Try one from{" "}
          {link(commonText.testTokens)}.
        </>
      ),
    },
    accountConnected: {
      yes: "An account is connected and valid",
      no: "No valid account is connected",
      next: "The user must open the Connect Portal and connect, or reconnect, an account.",
    },
    workflowOn: {
      yes: "A deployed workflow is on",
      no: "No deployed workflow is on",
      next: "Deploy a workflow, then the user turns it on in the portal's Configuration tab.",
    },
    eventReceived: {
      yes: "An App Event was received",
      no: "No App Event was received for this user",
      next: (link: Link) => (
        <>Send one from your app. Names that nobody listens to are shown on {link(commonText.appEvents)}.</>
      ),
    },
    runStarted: {
      yes: "A run started",
      no: "No run has started",
      next: "The event's name must be the one that the workflow's trigger names.",
    },
    runSucceeded: {
      yes: "A run succeeded",
      no: "No run has succeeded yet",
      next: (link: Link) => <>Look at what the runs say in {link(commonText.taskHistory)}.</>,
    },
  },
};

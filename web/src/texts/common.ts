/** Words that several areas of the dashboard use. What only one of them says is in that area's file. */

import type { ReactNode } from "react";
import type { Role } from "../api/session.ts";

/** Makes some of the words of a sentence a link. */
export type Link = (words: string) => ReactNode;

export const commonText = {
  // What the browser shows as the page's name.
  pageTitle: (title: string) => `${title} · Linchpin`,

  // Actions.
  apply: "Apply",
  cancel: "Cancel",
  close: "Close",
  copied: "Copied",
  copy: "Copy",
  copyAddress: "Copy address",
  copyExample: "Copy example",
  copyOutput: "Copy output",
  copyProjectId: "Copy project id",
  createAppEvent: "Create App Event",
  createAnAppEvent: "Create an App Event",
  createWorkflow: "Create workflow",
  delete: "Delete",
  done: "Done",
  edit: "Edit",
  generateKey: "Generate key",
  generateSigningKey: "Generate a signing key",
  rollBack: "Roll back",
  save: "Save",
  saved: "Saved",
  sendAgain: "Send again",
  signIn: "Sign in",
  tryAgain: "Try again",

  // The same, of something by its name.
  deleteAsked: (name: string) => `Delete ${name}?`,
  deleteNamed: (name: string) => `Delete ${name}`,
  editNamed: (name: string) => `Edit ${name}`,
  openNamed: (name: string) => `Open ${name}`,
  removeNamed: (name: string) => `Remove ${name}`,

  // The dashboard's pages and lists.
  allEvents: "All events",
  appEvents: "App Events",
  events: "Events",
  integrations: "Integrations",
  latestRuns: "Latest runs",
  overview: "Overview",
  runs: "Runs",
  settings: "Settings",
  taskHistory: "Task History",
  testTokens: "Test tokens",
  users: "Users",
  webhookInbox: "Webhook inbox",

  // What a trigger is.
  appEvent: "App Event",
  event: "Event",
  integrationEnabled: "Integration Enabled",
  providerEvent: "Provider event",
  request: "Request",
  schedule: "Schedule",
  trigger: "Trigger",
  webhook: "Webhook",

  // Long lists, and how long they are kept.
  newest: "Newest",
  older: "Older",
  pages: "Pages",
  keptFor: (count: number, unit: "day" | "hour" | "minute") =>
    `Kept for ${counted(count, unit)} after a run is done.`,
  keptForever: "Nothing is ever removed.",

  // Fields and columns.
  address: "Address",
  addresses: "Addresses",
  clientSecret: "Client secret",
  description: "Description",
  email: "Email",
  fields: "Fields",
  file: "File",
  from: "From",
  headers: "Headers",
  input: "Input",
  integration: "Integration",
  kind: "Kind",
  mistakes: "Mistakes",
  mistakeAt: (line: number, column: number, what: string) => `Line ${line}, column ${column}: ${what}`,
  name: "Name",
  note: "Note",
  output: "Output",
  password: "Password",
  payload: "Payload",
  permissions: "Permissions",
  projectId: "Project id",
  projectName: "Project name",
  received: "Received",
  records: "Records",
  role: "Role",
  secrets: "Secrets",
  state: "State",
  steps: "Steps",
  token: "Token",
  usedBy: "Used by",
  user: "User",
  userId: "User id",
  value: "Value",
  when: "When",
  workflow: "Workflow",
  workflowName: "Workflow name",

  // The roles, and what they may.
  roles: {
    support: { title: "Support", may: "looks at everything, helps users, cancels and replays runs." },
    member: { title: "Member", may: "also builds integrations, workflows, App Events and signing keys." },
    admin: { title: "Admin", may: "also manages secrets, API keys and the team, and reads the audit log." },
  } satisfies Record<Role, { title: string; may: string }>,

  // States, and what stands where there is nothing.
  connected: "Connected",
  live: "Live",
  never: "never",
  no: "No",
  noAnswer: "no answer",
  none: "None",
  noSuchUser: "No such user",
  noWorkflow: "no workflow",
  yes: "Yes",

  // What becomes of runs where another version is made the deployed one.
  runsGoOn: "New runs are made on it. Runs that began earlier end on the version they began with.",

  // Examples.
  contactCreated: "Contact Created",
};

/** Thousands apart: `12,345`. */
export const grouped = (count: number): string => count.toLocaleString("en");

/** A number with what it counts: `1 run`, `2 runs`. */
export function counted(count: number, one: string, many = `${one}s`, written = String(count)): string {
  return `${written} ${count === 1 ? one : many}`;
}

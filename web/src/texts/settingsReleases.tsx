/** The words of Settings, Releases. */
import type { ReactNode } from "react";
import type { Release, ReleaseChange } from "../api/releases.ts";
import { counted } from "./common.ts";

export const settingsReleasesText = {
  list: {
    about:
      "A release brings the deployed workflows, the integrations and the App Events of another project here, from staging to production say. Secrets, keys, app credentials and connected users stay what they are.",
    start: "Release into this project",
    onlyMembers: "A member can release.",
    empty: "Nothing was released yet",
    emptyText:
      "Build and try workflows in one project, then release them into this one, with a difference to look at first.",
    columns: { release: "Release", changes: "What changed", by: "By" },
    before: "Before",
    beforeText: "What this project was before its first release",
    release: (number: number) => `Release ${number}`,
    from: (project: string) => `from ${project}`,
  },
  readOnly: {
    label: "Only releases change this project",
    about:
      "Workflows, portal and settings of integrations, and App Events are then refused every other change.",
    onlyAdmins: "An admin can change this.",
  },
  back: {
    label: (number: number) => `Roll back to ${wanted(number)}`,
    title: (number: number) => `Roll back to ${wanted(number)}?`,
    text: "Workflows, integrations and App Events become what they were then. A workflow that came later is removed, also for the users who have it on. It is a release of its own, so you can go forward again.",
    done: ({ backTo }: Release) => `This project is as it was after release ${backTo}`,
    doneText: ({ number }: Release) =>
      `That is release ${number} now. Runs that began earlier end on the version they began with.`,
  },
  dialog: {
    noOthers: "You are a member of no other project. Create one, and build there what is released here.",
    choose: "Choose a project",
    message: "Message",
    messageExample: "What is new, for your team",
    submit: "Release",
    done: (number: number) => `Release ${number} is live`,
  },
  preview: {
    label: "What the release does",
    problems: "This keeps it from being released",
    changes: "What changes",
    noChanges: "Nothing: this project is so already.",
    warning: "Warning",
    information: "Information",
  },
  change: ({ action, what, fields, users }: ReleaseChange, name: ReactNode) => (
    <>
      {verbs[action]} the {what} {name}
      {fields.length > 0 && ` (${fields.join(", ")})`}
      {users > 0 && ` · ${counted(users, "user has", "users have")} it on`}
    </>
  ),
};

const verbs: Record<ReleaseChange["action"], string> = { add: "Adds", change: "Changes", remove: "Removes" };

function wanted(number: number): string {
  return number === 0 ? "before the first release" : `release ${number}`;
}

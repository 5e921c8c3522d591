/** The words of the parts that every page is made of. */
import { Code } from "@mantine/core";

export const uiText = {
  loading: "Loading",
  /** Of a column of buttons, for those who hear it. */
  actions: "Actions",
  codeLanguage: "Language",
  copyCode: "Copy code",
  confirmTyping: (what: string) => (
    <>
      Type <Code>{what}</Code> to confirm
    </>
  ),
  noPermission: {
    title: (role: string) => `Only for the role ${role}`,
    text: (what: string) => `${what} An admin of the project can change your role in Settings, Team.`,
  },
  time: {
    justNow: "just now",
    unknown: "–",
    milliseconds: (count: number) => `${count} ms`,
    seconds: (count: string) => `${count} s`,
    minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
    hours: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
  },
  /** What stands beside a name that code completion offers. */
  completion: {
    list: (length: number) => `list of ${length}`,
    object: "object",
    value: (value: string | number | boolean, shown: string) =>
      `${typeof value === "string" ? "text" : typeof value} · ${shown}`,
  },
  /** One word or two for each state that a badge shows. */
  states: {
    queued: "Queued",
    running: "Running",
    waiting: "Waiting",
    in_doubt: "In doubt",
    succeeded: "Succeeded",
    failed: "Failed",
    cancelled: "Cancelled",
    skipped: "Skipped",
    simulated: "Simulated",
    not_reached: "Not reached",
    delivered: "Delivered",
    current: "Runs now",
    live: "Live",
    rolling_out: "Being rolled out",
    dropped: "Dropped",
    draft: "Draft",
    deployed: "Deployed",
    changed: "Undeployed changes",
    registering: "Not made yet",
    registered: "There",
    revoked: "Revoked",
    not_offered: "Not offered",
    not_told: "Not told",
    added: "New",
    edited: "Changed",
    removed: "Removed",
    removing: "Being removed",
    left: "Left behind",
    not_set_up: "Not set up",
    inactive: "Inactive",
    active: "Active",
    loading: "Being read",
    checking: "Being compared",
    paused: "Paused",
    on: "On",
    off: "Off",
    valid: "Connected",
    pending: "Not finished",
    invalid: "Reconnect needed",
  },
};

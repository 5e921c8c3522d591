/** From the draft to the users: deploying, what changes with it, rollouts and versions. */
import type { ReactNode } from "react";
import { commonText, counted } from "./common.ts";

const EARLIER_RUNS = "Runs that began earlier end on the version they began with.";

export const deployText = {
  sheet: {
    title: (workflow: string) => `Deploy ${workflow}`,
    notSaved: "The newest edits could not be saved, so nothing was deployed.",
    changes: "What changes",
    against: (version: number, when: ReactNode) => (
      <>
        Against version {version}, deployed {when}
      </>
    ),
    first: "This is the first deploy.",
    noChanges: "Nothing: the draft is what is deployed.",
    inactive: (integration: string) =>
      `${integration} is not active yet, so nobody can connect to it. You can deploy, and activate it afterwards.`,
    noteHint: "Optional: what you changed, for your team",
    deploy: "Deploy",
    beginRollout: "Begin rollout",
    deployed: (version: number | "") => `Deployed version ${version}`,
    deployedAbout: `New App Events run on it. ${EARLIER_RUNS}`,
    rolloutBegun: "The rollout has begun",
    rolloutBegunAbout: (version: number | "") =>
      `The others stay on version ${version}. Raise the share, finish it or roll it back above the canvas.`,
  },

  staged: {
    label: "Only for some users at first",
    about: (version: number) => `The others stay on version ${version} until you finish the rollout.`,
    otherTrigger: (version: number) =>
      `Not possible now: the trigger is another one than that of version ${version}. A time, an address or a hook at the provider is set up once for all users, so a version with another trigger is deployed for everybody; only one App Event can take another's place user by user. Deploy the new trigger first, then roll out what follows it.`,
    twoEvents: (event: string, eventBefore: string) =>
      `Until you finish the rollout, users with the new version are reached by “${event}” and the others by “${eventBefore}”: let your app send both. Each user has one run of it.`,
  },

  problems: {
    title: (count: number) => counted(count, "problem"),
    solve: "Solve the problems first.",
  },

  /** What differs between two versions of a workflow. */
  changes: {
    noTrigger: "no trigger",
    triggerIs: (kind: string, what: string) => `${kind} “${what}”`,
    /** `kind` where it is another than now. */
    triggerWas: (now: string, kind: string | null, what: string) =>
      `${now}, was ${kind === null ? "" : `${kind} `}“${what}”`,
    moved: "moved",
    renamed: (name: string) => `renamed from “${name}”`,
    action: (before: string, after: string) => `action: ${before} → ${after}`,
    noAction: "none",
    value: (what: string, before: string, after: string) => `${what}: ${before} → ${after}`,
    code: "other code",
    goesOn: "goes on when it fails",
    stops: "stops when it fails",
    retries: "retries",
    noRetries: "no longer retries",
    empty: "empty",
  },

  /** What the draft would have sent for the runs there were. */
  forecast: {
    label: "What would be sent",
    title: "What it would have sent",
    noRuns: "There are no runs yet to compare with.",
    same: (runs: number, users: number) =>
      `The same, for the last ${counted(runs, "run")} of ${counted(users, "user")}.`,
    different: (different: { runs: number; users: number }, of: { runs: number; users: number }) =>
      `Something else for ${different.runs} of the last ${counted(of.runs, "run")}, ${different.users} of ${counted(of.users, "user")}.`,
    failing: (runs: number, why: string) => `${counted(runs, "run")} would fail: ${why}`,
    changes: "Changes",
    affected: (users: number, allUsers: number, runs: number) =>
      `for ${users} of ${counted(allUsers, "user")}, ${counted(runs, "run")}`,
    callAdded: (step: string) => `${step} is sent in addition`,
    callRemoved: (step: string) => `${step} is no longer sent`,
    callOther: (step: string) => `${step} calls something else`,
    fieldEmptied: (step: string, field: string) => `${step}: ${field} becomes empty`,
    fieldAdded: (step: string, field: string) => `${step}: ${field} is filled in`,
    fieldChanged: (step: string, field: string) => `${step}: ${field} changes`,
    nothingSent: "Nothing was sent. Reads are answered from each run's own history, with today's settings.",
    guessed: (runs: number) =>
      `For ${counted(runs, "run")} a step would read something else, so what follows is a guess.`,
    notCompared: (runs: number) => `${counted(runs, "run")} could not be compared.`,
    newest: (runs: number) => `The newest ${runs} are shown.`,
    runFails: (why: string) => `Would fail: ${why}`,
    newCall: (step: string) => `${step} · new`,
    goneCall: (step: string) => `${step} · no longer sent`,
    field: (name: string, before: string, after: string) => (
      <>
        {name}: <s>{before}</s> → {after}
      </>
    ),
    openRun: "Open the run",
  },

  rollout: {
    label: "Staged rollout",
    state: (version: number, who: string, reached: string | null, deployed: number) => (
      <>
        <b>Version {version}</b> is with {who}
        {reached && `: ${reached}`}. The others stay on version {deployed}.
      </>
    ),
    reached: (users: number, all: number) => `${users} of ${all} users who have the workflow on`,
    named: (users: number) => counted(users, "named user"),
    share: (percent: number) => `${percent} % of users`,
    shareAndNamed: (percent: number, named: string) => `${percent} % of users and ${named}`,
    progress: "Users on the new version",
    change: "Change",
    finish: "Finish",
    finished: (version: number) => `Everybody has version ${version}`,
    finishedAbout: EARLIER_RUNS,
    rolledBack: (version: number) => `Everybody is back on version ${version}`,
    rolledBackAbout: (version: number) =>
      `Version ${version} stays in the list of versions, and the draft is as it was.`,
    dialog: (version: number) => `Who has version ${version}`,
    smaller: (version: number) => `A smaller share takes users back to version ${version}.`,
    percent: "Share of users",
    percentAbout: "Raising it later adds users and drops none.",
    users: "These users as well",
    usersAbout: "Their ids in your application, for example your own test user.",
    usersExample: "user-1",
  },

  versions: {
    title: (workflow: string) => `Versions of ${workflow}`,
    list: "Versions",
    none: "None yet. Each deploy is a version, and so is what you save here.",
    notSaved: "The newest edits could not be saved, so nothing was done.",
    save: "Save the draft as a version",
    saveHint: "Optional: what it is",
    version: (number: number) => `Version ${number}`,
    kinds: { deployed: "Deployed", saved: commonText.saved, restored: "Restored" },
    made: (kind: string, when: ReactNode, by: string | null | undefined) => (
      <>
        {kind} {when}
        {by && ` by ${by}`}
      </>
    ),
    compare: "Compare",
    compareOne: (number: number) => `Compare version ${number} with the draft`,
    comparison: (number: number) => `From version ${number} to the draft`,
    same: "The draft is the same.",
    restore: "Restore",
    restoreOne: (number: number) => `Restore version ${number}`,
    restored: (number: number) => `Version ${number} is the draft again`,
    restoredAbout: "Users get it when you deploy. The draft that was here is kept as a version.",
    rollBackOne: (number: number) => `Roll back to version ${number}`,
    rolledBack: (number: number) => `Rolled back to version ${number}`,
    /** What the version that a roll back makes says of itself. */
    rollBackNote: (number: number) => `Back to version ${number}`,
  },
};

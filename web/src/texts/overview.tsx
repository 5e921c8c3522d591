/** The words of a project's overview: the tutorial, numbers, failures, quotas. */
import type { ReactNode } from "react";
import { commonText, counted, grouped, type Link } from "./common.ts";

export const overviewText = {
  allRuns: "All runs",

  numbers: {
    period: "Period",
    lastDay: "24 hours",
    lastWeek: "7 days",
    lastMonth: "30 days",
    cut: (since: string) => `Very many runs: these are the newest, since ${since}.`,
    successRate: "Success rate",
    medianTime: "Median time",
    connectedUsers: "Connected users",
    overTime: (what: string) => `${what} over time`,
  },

  chart: {
    label: (bars: number, { succeeded, failed, runs }: { succeeded: number; failed: number; runs: number }) =>
      `Runs by time, ${bars} bars: ${succeeded} succeeded, ${failed} failed of ${runs}`,
    bar: (
      time: string,
      { succeeded, failed, other }: { succeeded: number; failed: number; other: number },
      median: string | null,
    ) =>
      `${time}: ${succeeded} succeeded, ${failed} failed, ${other} other${median === null ? "" : `, median ${median}`}`,
    parts: { succeeded: "succeeded", failed: "failed", other: "other" },
    now: "now",
  },

  failures: {
    title: "Failures by cause",
    all: "All failed runs",
    none: "Nothing failed in this time.",
    cause: (runs: number, users: number, since: ReactNode, link: Link) => (
      <>
        {counted(runs, "run", "runs", grouped(runs))} · {counted(users, "user", "users", grouped(users))} ·
        since {since} · {link("latest run")}
      </>
    ),
    fix: "Fix",
    fixCause: (cause: string) => `Fix: ${cause}`,
  },

  quotas: {
    title: "Quota by account",
    none: "No account is being called. While runs call providers, their use of the quota shows here.",
    used: (used: number, most: number, time: string) => `${grouped(used)} of ${grouped(most)} in ${time}`,
    notReported: (used: string) => `${used}, not reported yet`,
    of: (quota: string, user: string) => `${quota} of ${user}`,
    hours: (count: number) => `${count} h`,
    minutes: (count: number) => `${count} min`,
    seconds: (count: number) => `${count} s`,
  },

  tutorial: {
    title: "Getting started",
    allDone: "Everything is set up",
    notDone: "Not done yet",
    progress: (done: number, all: number) => `${done} of ${all}`,
    open: (workflow: string) => `Open ${workflow}`,
    setUp: (provider: string) => `Set up ${provider}`,
    setUpFirst: (provider: string) => `Set up ${provider} first.`,

    credentials: {
      title: (provider: string) => `Add your ${provider} credentials`,
      about: (provider: string) =>
        `Your customers connect through an app of yours at ${provider}. Its client id and secret go here.`,
      add: "Add credentials",
    },
    appEvent: {
      title: commonText.createAnAppEvent,
      about: "Name what happens in your app, with an example of its data.",
    },
    workflow: {
      title: "Build a workflow",
      about: (provider: string) =>
        `Choose the App Event as its trigger, add a ${provider} step, and fill its fields by typing {{.`,
    },
    deployed: {
      title: "Deploy it",
      about: "Nothing runs until you deploy. What you edit afterwards waits for the next deploy.",
      buildFirst: "Build a workflow first.",
    },
    signingKey: {
      title: commonText.generateSigningKey,
      about: "Your backend signs each user's token with it. The private half is shown once and never stored.",
    },
    tokenSeen: {
      title: "Install the SDK and authenticate a user",
      install: "Install it from this server",
      sign: "Sign the user's token in your backend",
      authenticate: "Authenticate in your page",
      onlyTesting: (link: Link) => (
        <>
          Only testing? {link("Sign a test token")}. This line ticks itself when the first valid token is
          seen.
        </>
      ),
    },
    userConnected: {
      title: (provider: string) => `Connect a user's ${provider}`,
      about:
        "The Connect Portal opens over your page. After connecting, turn the workflow on in its Configuration tab.",
    },
    eventReceived: {
      title: "Send an App Event",
      about: (link: Link) => <>The run appears in {link(commonText.taskHistory)} within a second.</>,
    },
  },
};

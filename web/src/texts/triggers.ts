/** What starts a workflow, in the words of every page that shows it. */

import { commonText } from "./common.ts";

export const triggersText = {
  appEvent: {
    title: commonText.appEvent,
    about: "The workflow starts when your app sends this App Event for a user who has the workflow on.",
    notChosen: "Choose an App Event",
  },
  request: {
    title: commonText.request,
    about: "The workflow starts when your app sends a request to its own address for a user who has it on.",
    any: "Any request",
    checks: (fields: string[]) => `Checks ${fields.join(", ")}`,
  },
  schedule: {
    title: commonText.schedule,
    about: "The workflow starts at these times, once for each configuration that has it on.",
    summary: (times: string, zone: string) => `${times} (${zone})`,
    zoneOfUser: "each user's time zone",
  },
  integrationEnabled: {
    title: commonText.integrationEnabled,
    about:
      "The workflow starts once for each configuration, when its account is connected and the required settings are filled in.",
    summary: "An account was connected",
  },
  provider: {
    title: commonText.providerEvent,
    about: "The workflow starts when this happens at the provider.",
    notChosen: "Choose an event",
  },
  webhook: {
    title: commonText.webhook,
    about: "The workflow starts with a webhook of your own.",
  },

  days: {
    MON: "Monday",
    TUE: "Tuesday",
    WED: "Wednesday",
    THU: "Thursday",
    FRI: "Friday",
    SAT: "Saturday",
    SUN: "Sunday",
    "MON-FRI": "Every working day",
  },

  times: {
    minutes: (every: number) => (every === 1 ? "Every minute" : `Every ${every} minutes`),
    hourly: (minute: number) => `Every hour at minute ${minute}`,
    daily: (time: string) => `Every day at ${time}`,
    weekly: (day: string, time: string) => `Every ${day} at ${time}`,
    workingDays: (time: string) => `Every working day at ${time}`,
    monthly: (date: number, time: string) => `Every month on day ${date} at ${time}`,
  },
};

/** The words of the page of App Events. */
import type { ReactNode } from "react";
import { commonText, counted } from "./common.ts";

export const eventsText = {
  list: {
    about: "What your app tells Linchpin. A workflow starts when an event of its trigger's name arrives.",
    empty: "No App Events yet",
    emptyText:
      "Name something that happens in your app, such as “Contact Created”, and give an example of its data.",
    lastReceived: "Last received",
    copyName: (name: string) => `Copy name ${name}`,
    noFields: "none",
    nobodyListens: "received, nobody listens",
    actionsFor: (name: string) => `Actions for ${name}`,
  },

  unknown: {
    title: "Received, but there is no such App Event",
    seen: (name: string, count: number, last: ReactNode) => (
      <>
        <b>{name}</b> · {counted(count, "time")} · last {last}
      </>
    ),
    create: "Create it",
  },

  deleting: {
    loses: "will have no trigger.",
    about: "Events of this name that still arrive are recorded, and start nothing.",
  },

  dialog: {
    name: "Event name",
    aboutName: "Your app sends exactly this name.",
    nameMissing: `Give the event a name, for example ${commonText.contactCreated}.`,
    schema: "Event schema",
    aboutSchema:
      "An example of the JSON object that your app will send. Its fields appear in the variable menu.",
    useSample: "Use the sample",
    renamed: (workflows: string[], oldName: string) => {
      const [listen, triggers] =
        workflows.length === 1 ? ["listens", "its trigger"] : ["listen", "their triggers"];
      return `${workflows.join(", ")} ${listen} to “${oldName}”. After the renaming, change ${triggers}, and send the new name from your app: events of the old name start nothing.`;
    },
  },

  latest: "Latest received",
};

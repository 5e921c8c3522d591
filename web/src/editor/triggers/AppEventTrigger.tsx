import { Select } from "@mantine/core";
import { useState } from "react";
import type { AppEvent } from "../../api/events.ts";
import type { Trigger } from "../../api/triggers.ts";
import { AppEventDialog } from "../../pages/events/AppEventDialog.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";

interface AppEventTriggerProps {
  projectId: string;
  trigger: Trigger | null;
  events: AppEvent[];
  problem: string | undefined;
  set: (trigger: Trigger | null) => void;
}

const CREATE = "\u0000create";

export function AppEventTrigger({ projectId, trigger, events, problem, set }: AppEventTriggerProps) {
  const [creating, setCreating] = useState(false);
  const chosen = events.find((event) => event.name === trigger?.appEvent);
  const names = events.map((event) => event.name);
  // A name that is gone stays visible, so that people see what to mend.
  if (trigger?.appEvent !== undefined && !chosen) names.unshift(trigger.appEvent);
  return (
    <>
      <Select
        label="Choose an App Event"
        placeholder="Choose an App Event"
        searchable
        data={[
          { group: "App Events", items: names },
          { group: "New", items: [{ value: CREATE, label: "Create new App Event" }] },
        ]}
        value={trigger?.appEvent ?? null}
        error={problem}
        onChange={(name) => {
          if (name === CREATE) setCreating(true);
          else set(name === null ? null : { appEvent: name });
        }}
      />
      {chosen && <JsonBlock title="Example" value={chosen.example} label="Copy example" maxHeight={320} />}
      {creating && (
        <AppEventDialog
          projectId={projectId}
          opened
          onClose={() => setCreating(false)}
          onSaved={(event) => set({ appEvent: event.name })}
        />
      )}
    </>
  );
}

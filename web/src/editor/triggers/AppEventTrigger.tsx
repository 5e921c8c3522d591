import { Select } from "@mantine/core";
import { useState } from "react";
import type { AppEvent } from "../../api/events.ts";
import type { Trigger } from "../../api/triggers.ts";
import { AppEventDialog } from "../../pages/events/AppEventDialog.tsx";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import { triggersText } from "../../texts/triggers.ts";
import { JsonBlock } from "../../ui/CodeBlock.tsx";

const texts = triggerFormsText.appEvent;

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
        label={triggersText.appEvent.notChosen}
        placeholder={triggersText.appEvent.notChosen}
        searchable
        data={[
          { group: commonText.appEvents, items: names },
          { group: texts.newGroup, items: [{ value: CREATE, label: texts.create }] },
        ]}
        value={trigger?.appEvent ?? null}
        error={problem}
        onChange={(name) => {
          if (name === CREATE) setCreating(true);
          else set(name === null ? null : { appEvent: name });
        }}
      />
      {chosen && (
        <JsonBlock
          title={triggerFormsText.example}
          value={chosen.example}
          label={commonText.copyExample}
          maxHeight={320}
        />
      )}
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

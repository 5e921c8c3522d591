import { Group, Select, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { Radio } from "lucide-react";
import { useState } from "react";
import { sentence } from "../api/client.ts";
import type { AppEvent, Problem, Trigger } from "../api/types.ts";
import { AppEventDialog } from "../pages/events/AppEventDialog.tsx";
import { JsonBlock } from "../ui/CodeBlock.tsx";
import type { Operation } from "./model/operations.ts";
import { isAppEvent, triggerText } from "./model/triggers.ts";

interface TriggerFormProps {
  projectId: string;
  trigger: Trigger | null;
  events: AppEvent[];
  problems: Problem[];
  operate: (operation: Operation) => void;
}

const CREATE = "\u0000create";

export function TriggerForm({ projectId, trigger, events, problems, operate }: TriggerFormProps) {
  const [creating, setCreating] = useState(false);
  const chosen = events.find((event) => event.name === trigger?.appEvent);
  const names = events.map((event) => event.name);
  // A name that is gone stays visible, so that people see what to mend.
  if (trigger?.appEvent !== undefined && !chosen) names.unshift(trigger.appEvent);
  const problem = problems.find((candidate) => candidate.pointer.startsWith("/trigger"))?.message;

  const text = triggerText(trigger);

  return (
    <Stack gap="md">
      <Group gap="sm">
        <ThemeIcon variant="light" size={32}>
          <Radio size={18} />
        </ThemeIcon>
        <Title order={2}>Trigger: {text.title}</Title>
      </Group>
      <Text c="dimmed" size="sm">
        {text.about}
      </Text>
      {!isAppEvent(trigger) && (
        <>
          <JsonBlock title={text.title} value={trigger} label="Copy trigger" maxHeight={320} />
          {problem && (
            <Text c="red" size="sm">
              {sentence(problem)}
            </Text>
          )}
          <Text c="dimmed" size="sm">
            This kind of trigger is changed in the project file or by API. Choosing an App Event replaces it.
          </Text>
        </>
      )}
      <Select
        label="Choose an App Event"
        placeholder="Choose an App Event"
        searchable
        data={[
          { group: "App Events", items: names },
          { group: "New", items: [{ value: CREATE, label: "Create new App Event" }] },
        ]}
        value={trigger?.appEvent ?? null}
        error={trigger?.appEvent !== undefined && problem ? sentence(problem) : undefined}
        onChange={(name) => {
          if (name === CREATE) setCreating(true);
          else operate({ kind: "setTrigger", trigger: name === null ? null : { appEvent: name } });
        }}
      />
      {chosen && <JsonBlock title="Example" value={chosen.example} label="Copy example" maxHeight={320} />}
      {creating && (
        <AppEventDialog
          projectId={projectId}
          opened
          onClose={() => setCreating(false)}
          onSaved={(event) => operate({ kind: "setTrigger", trigger: { appEvent: event.name } })}
        />
      )}
    </Stack>
  );
}

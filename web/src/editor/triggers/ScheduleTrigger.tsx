import { Anchor, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schedule } from "../../api/triggers.ts";
import { cronOf, DAYS, nextTimes, type Preset, presetOf } from "../model/schedule.ts";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

interface ScheduleTriggerProps {
  schedule: Schedule;
  /** The user alone: nothing else is known before a run begins. */
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (schedule: Schedule) => void;
}

const STARTS: { value: Preset["kind"]; label: string; preset: Preset }[] = [
  { value: "minutes", label: "Every few minutes", preset: { kind: "minutes", every: 15 } },
  { value: "hourly", label: "Every hour", preset: { kind: "hourly", minute: 0 } },
  { value: "daily", label: "Every day", preset: { kind: "daily", time: "09:00" } },
  { value: "weekly", label: "Every week", preset: { kind: "weekly", day: "MON", time: "09:00" } },
  { value: "monthly", label: "Every month", preset: { kind: "monthly", date: 1, time: "09:00" } },
  { value: "custom", label: "By cron", preset: { kind: "custom" } },
];

export function ScheduleTrigger({ schedule, sources, problemAt, set }: ScheduleTriggerProps) {
  const read = presetOf(schedule.cron);
  // Somebody who wants to write a cron begins with the one that is there.
  const [writing, setWriting] = useState(read.kind === "custom");
  const preset: Preset = writing ? { kind: "custom" } : read;
  const change = (next: Preset) => {
    const cron = cronOf(next);
    if (cron !== null) set({ ...schedule, cron });
  };
  return (
    <Stack gap="md">
      <Select
        label="When"
        allowDeselect={false}
        data={STARTS.map(({ value, label }) => ({ value, label }))}
        value={preset.kind}
        onChange={(kind) => {
          const start = STARTS.find(({ value }) => value === kind);
          if (!start) return;
          setWriting(start.value === "custom");
          change(start.preset);
        }}
      />
      <PresetParts preset={preset} onChange={change} />
      {preset.kind === "custom" && (
        <TextInput
          label="Cron"
          description="Second, minute, hour, day, month, day of the week; or five fields without the seconds"
          className="mono"
          value={schedule.cron}
          error={problemAt("cron")}
          onChange={(event) => set({ ...schedule, cron: event.currentTarget.value })}
        />
      )}
      <TimeZone
        value={schedule.timeZone}
        sources={sources}
        problem={problemAt("timeZone")}
        onChange={(timeZone) => set({ ...schedule, timeZone })}
      />
      <NextTimes schedule={schedule} />
    </Stack>
  );
}

function PresetParts({ preset, onChange }: { preset: Preset; onChange: (preset: Preset) => void }) {
  const number = (
    label: string,
    value: number,
    min: number,
    max: number,
    next: (value: number) => Preset,
  ) => (
    <NumberInput
      label={label}
      min={min}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      value={value}
      onChange={(typed) => typeof typed === "number" && typed >= min && onChange(next(typed))}
    />
  );
  switch (preset.kind) {
    case "minutes":
      return number("Minutes between", preset.every, 1, 59, (every) => ({ ...preset, every }));
    case "hourly":
      return number("At minute", preset.minute, 0, 59, (minute) => ({ ...preset, minute }));
    case "daily":
      return <TimeOfDay value={preset.time} onChange={(time) => onChange({ ...preset, time })} />;
    case "weekly":
      return (
        <Group grow align="flex-start">
          <Select
            label="On"
            allowDeselect={false}
            data={DAYS}
            value={preset.day}
            onChange={(day) => day && onChange({ ...preset, day })}
          />
          <TimeOfDay value={preset.time} onChange={(time) => onChange({ ...preset, time })} />
        </Group>
      );
    case "monthly":
      return (
        <Group grow align="flex-start">
          {number("On day", preset.date, 1, 31, (date) => ({ ...preset, date }))}
          <TimeOfDay value={preset.time} onChange={(time) => onChange({ ...preset, time })} />
        </Group>
      );
    case "custom":
      return null;
  }
}

function TimeOfDay({ value, onChange }: { value: string; onChange: (time: string) => void }) {
  return (
    <TextInput
      label="At"
      type="time"
      value={value}
      onChange={(event) => event.currentTarget.value !== "" && onChange(event.currentTarget.value)}
    />
  );
}

interface TimeZoneProps {
  value: string;
  sources: VariableSource[];
  problem: string | undefined;
  onChange: (timeZone: string) => void;
}

function TimeZone({ value, sources, problem, onChange }: TimeZoneProps) {
  const [ofUser, setOfUser] = useState(value.includes("{{"));
  const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
  if (value !== "" && !ofUser && !zones.includes(value)) zones.unshift(value);
  return (
    <Stack gap={2}>
      {ofUser ? (
        <VariableInput
          label="Time zone"
          description="From the user: each runs by the own clock, and by UTC where the field is empty"
          placeholder="{{ user.metadata.zone }}"
          value={value}
          sources={sources}
          error={problem ?? null}
          onChange={onChange}
        />
      ) : (
        <Select
          label="Time zone"
          searchable
          allowDeselect={false}
          maxDropdownHeight={320}
          data={zones}
          value={value}
          error={problem}
          onChange={(zone) => zone && onChange(zone)}
        />
      )}
      <Anchor
        component="button"
        type="button"
        size="xs"
        w="fit-content"
        onClick={() => {
          onChange(ofUser ? "UTC" : "{{ user.metadata.zone }}");
          setOfUser(!ofUser);
        }}
      >
        {ofUser ? "One zone for everybody" : "Use the user's own zone"}
      </Anchor>
    </Stack>
  );
}

function NextTimes({ schedule }: { schedule: Schedule }) {
  const zone = schedule.timeZone.includes("{{") ? "UTC" : schedule.timeZone;
  const times = nextTimes(schedule.cron, zone, 3, new Date());
  if (times.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500} id="next-times">
        {zone === schedule.timeZone ? "Next times" : "Next times of a user in UTC"}
      </Text>
      <ul aria-labelledby="next-times" style={{ margin: "4px 0 0", paddingLeft: 18 }}>
        {times.map((time) => (
          <li key={time.toISOString()}>
            <Text size="sm">
              {time.toLocaleString("en-GB", { timeZone: zone, dateStyle: "full", timeStyle: "medium" })}
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}

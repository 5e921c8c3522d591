import { Anchor, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schedule } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import { triggersText } from "../../texts/triggers.ts";
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

const texts = triggerFormsText.schedule;

/** What each kind begins with, in the order of the menu. */
const STARTS: Preset[] = [
  { kind: "minutes", every: 15 },
  { kind: "hourly", minute: 0 },
  { kind: "daily", time: "09:00" },
  { kind: "weekly", day: "MON", time: "09:00" },
  { kind: "monthly", date: 1, time: "09:00" },
  { kind: "custom" },
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
        label={commonText.when}
        allowDeselect={false}
        data={STARTS.map(({ kind }) => ({ value: kind, label: texts.kinds[kind] }))}
        value={preset.kind}
        onChange={(chosen) => {
          const start = STARTS.find(({ kind }) => kind === chosen);
          if (!start) return;
          setWriting(start.kind === "custom");
          change(start);
        }}
      />
      <PresetParts preset={preset} onChange={change} />
      {preset.kind === "custom" && (
        <TextInput
          label={texts.cron}
          description={texts.cronAbout}
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
      return number(texts.minutesBetween, preset.every, 1, 59, (every) => ({ ...preset, every }));
    case "hourly":
      return number(texts.atMinute, preset.minute, 0, 59, (minute) => ({ ...preset, minute }));
    case "daily":
      return <TimeOfDay value={preset.time} onChange={(time) => onChange({ ...preset, time })} />;
    case "weekly":
      return (
        <Group grow align="flex-start">
          <Select
            label={texts.onWeekday}
            allowDeselect={false}
            data={DAYS.map((value) => ({ value, label: triggersText.days[value] }))}
            value={preset.day}
            onChange={(chosen) => {
              const day = DAYS.find((each) => each === chosen);
              if (day) onChange({ ...preset, day });
            }}
          />
          <TimeOfDay value={preset.time} onChange={(time) => onChange({ ...preset, time })} />
        </Group>
      );
    case "monthly":
      return (
        <Group grow align="flex-start">
          {number(texts.onDay, preset.date, 1, 31, (date) => ({ ...preset, date }))}
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
      label={texts.at}
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
          label={texts.zone}
          description={texts.zoneOfUserAbout}
          placeholder={texts.zoneOfUserExample}
          value={value}
          sources={sources}
          error={problem ?? null}
          onChange={onChange}
        />
      ) : (
        <Select
          label={texts.zone}
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
        {ofUser ? texts.oneZone : texts.zoneOfUser}
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
        {zone === schedule.timeZone ? texts.next : texts.nextInUtc}
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

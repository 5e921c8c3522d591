import { Button, Popover, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { RunFilter } from "../../api/history.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";

const periods = [
  { value: "1h", label: runsText.filters.lastHour },
  { value: "24h", label: runsText.filters.lastDay },
  { value: "7d", label: runsText.filters.lastWeek },
  { value: "30d", label: runsText.filters.lastMonth },
  { value: "custom", label: runsText.filters.between },
];

interface PeriodFilterProps {
  filter: RunFilter;
  onChange: (change: RunFilter) => void;
}

/** When a run was created: up to now, or between two moments. */
export function PeriodFilter({ filter, onChange }: PeriodFilterProps) {
  const custom = filter.after !== undefined || filter.before !== undefined;
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus withArrow>
      <Popover.Target>
        <Select
          aria-label={runsText.filters.time}
          placeholder={runsText.filters.anyTime}
          clearable
          w={150}
          data={periods}
          value={custom || opened ? "custom" : (filter.period ?? null)}
          // Chosen again it opens again.
          onOptionSubmit={(value) => setOpened(value === "custom")}
          onChange={(value) => {
            if (value !== "custom")
              onChange({ period: value ?? undefined, after: undefined, before: undefined });
          }}
        />
      </Popover.Target>
      <Popover.Dropdown>
        <Between
          filter={filter}
          onChange={(change) => {
            setOpened(false);
            onChange({ ...change, period: undefined });
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function Between({ filter, onChange }: PeriodFilterProps) {
  const [after, setAfter] = useState(localText(filter.after));
  const [before, setBefore] = useState(localText(filter.before));
  const wrong = after !== "" && before !== "" && after >= before;
  return (
    <Stack gap="xs">
      <TextInput
        type="datetime-local"
        label={commonText.from}
        value={after}
        onChange={(event) => setAfter(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label={runsText.filters.to}
        value={before}
        error={wrong && runsText.filters.toIsEarlier}
        onChange={(event) => setBefore(event.currentTarget.value)}
      />
      <Button
        onClick={() => {
          if (!wrong) onChange({ after: momentOf(after), before: momentOf(before) });
        }}
      >
        {commonText.apply}
      </Button>
    </Stack>
  );
}

/** A moment as the browser's field writes it, in the viewer's zone. */
function localText(moment: string | undefined): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function momentOf(local: string): string | undefined {
  return local === "" ? undefined : new Date(local).toISOString();
}

/** Who has a version first: a share of all users, users by name, or both. */
import { NumberInput, Stack, TagsInput } from "@mantine/core";
import type { Rollout } from "../api/rollout.ts";

interface Props {
  value: Rollout;
  errors?: Record<string, string>;
  onChange: (value: Rollout) => void;
}

export function RolloutFields({ value, errors = {}, onChange }: Props) {
  return (
    <Stack gap="sm">
      <NumberInput
        label="Share of users"
        description="Raising it later adds users and drops none."
        suffix=" %"
        min={0}
        max={100}
        clampBehavior="strict"
        allowDecimal={false}
        value={value.percent}
        error={errors.percent ?? errors["rollout.percent"]}
        onChange={(percent) => onChange({ ...value, percent: Number(percent) || 0 })}
      />
      <TagsInput
        label="These users as well"
        description="Their ids in your application, for example your own test user."
        placeholder={value.userIds.length === 0 ? "user-1" : ""}
        acceptValueOnBlur
        splitChars={[",", ";"]}
        value={value.userIds}
        error={errors.userIds ?? errors["rollout.userIds"]}
        onChange={(userIds) => onChange({ ...value, userIds: userIds.flatMap(entries) })}
      />
    </Stack>
  );
}

/** What was typed or pasted with commas is several users. */
function entries(text: string): string[] {
  return text
    .split(/[,;\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

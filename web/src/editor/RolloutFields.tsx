/** Who has a version first: a share of all users, users by name, or both. */
import { NumberInput, Stack, TagsInput } from "@mantine/core";
import type { Rollout } from "../api/rollout.ts";
import { deployText } from "../texts/deploy.tsx";

const texts = deployText.rollout;

interface Props {
  value: Rollout;
  errors?: Record<string, string>;
  onChange: (value: Rollout) => void;
}

export function RolloutFields({ value, errors = {}, onChange }: Props) {
  return (
    <Stack gap="sm">
      <NumberInput
        label={texts.percent}
        description={texts.percentAbout}
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
        label={texts.users}
        description={texts.usersAbout}
        placeholder={value.userIds.length === 0 ? texts.usersExample : ""}
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

import { Stack, Text, UnstyledButton } from "@mantine/core";
import { stepFormsText } from "../../texts/stepForms.tsx";
import { stepsText } from "../../texts/steps.ts";
import { OTHER_KINDS, type OtherKind } from "../model/kinds.ts";
import { StepIcon } from "../StepIcon.tsx";
import classes from "./StepKinds.module.css";

/** What a new step can be, apart from an action: each with what it is for. */
export function StepKinds({ onChoose }: { onChoose: (kind: OtherKind) => void }) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        {stepFormsText.kinds.title}
      </Text>
      {OTHER_KINDS.map((kind) => (
        <UnstyledButton key={kind} className={classes.kind} onClick={() => onChoose(kind)}>
          <span className={classes.icon}>
            <StepIcon kind={kind} size={18} />
          </span>
          <span>
            <Text span fw={500} display="block">
              {stepsText.kinds[kind].title}
            </Text>
            <Text span size="xs" c="dimmed" display="block">
              {stepsText.kinds[kind].about}
            </Text>
          </span>
        </UnstyledButton>
      ))}
    </Stack>
  );
}

import { ActionIcon, Group, Text, ThemeIcon, Tooltip } from "@mantine/core";
import { ArrowDown, ArrowUp, Copy, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { StepKind } from "./model/kinds.ts";
import type { Operation } from "./model/operations.ts";
import type { FoundStep } from "./model/steps.ts";
import { StepIcon } from "./StepIcon.tsx";

interface StepHeaderProps {
  found: FoundStep;
  kind: StepKind;
  heading: string;
  iconUrl: string;
  operate: (operation: Operation) => void;
}

/** What kind of step it is, and what can be done with it as a whole. */
export function StepHeader({ found, kind, heading, iconUrl, operate }: StepHeaderProps) {
  const { place, siblings } = found;
  const { key } = found.step;
  const to = (index: number) => operate({ kind: "moveStep", key, to: { ...place, index } });
  return (
    <Group justify="space-between" wrap="nowrap">
      <Group gap="xs" wrap="nowrap">
        {kind === "action" ? (
          <img src={iconUrl} alt="" width={24} height={24} style={{ borderRadius: 5 }} />
        ) : (
          <ThemeIcon variant="light" size={26}>
            <StepIcon kind={kind} size={16} />
          </ThemeIcon>
        )}
        <Text fw={600}>{heading}</Text>
      </Group>
      <Group gap={0} wrap="nowrap">
        <StepButton
          label="Move up"
          off={place.index === 0 ? "It is the first step" : null}
          onClick={() => to(place.index - 1)}
        >
          <ArrowUp size={16} />
        </StepButton>
        <StepButton
          label="Move down"
          off={place.index === siblings.length - 1 ? "It is the last step" : null}
          onClick={() => to(place.index + 1)}
        >
          <ArrowDown size={16} />
        </StepButton>
        <StepButton label="Duplicate step" off={null} onClick={() => operate({ kind: "duplicateStep", key })}>
          <Copy size={16} />
        </StepButton>
        <StepButton label="Delete step" off={null} onClick={() => operate({ kind: "removeStep", key })}>
          <Trash2 size={16} />
        </StepButton>
      </Group>
    </Group>
  );
}

interface StepButtonProps {
  label: string;
  /** Why it cannot be done now. */
  off: string | null;
  onClick: () => void;
  children: ReactNode;
}

function StepButton({ label, off, onClick, children }: StepButtonProps) {
  return (
    <Tooltip label={off ?? label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-disabled={off !== null}
        onClick={off === null ? onClick : undefined}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

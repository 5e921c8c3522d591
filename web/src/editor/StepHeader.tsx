import { ActionIcon, Group, Text, ThemeIcon, Tooltip } from "@mantine/core";
import { ArrowDown, ArrowUp, Copy, Trash2 } from "lucide-react";
import { memo, type ReactNode, useState } from "react";
import { editorText } from "../texts/editor.tsx";
import { useReadOnly } from "../ui/readOnly.ts";
import { useStable } from "../ui/useStable.ts";
import classes from "./Editor.module.css";
import type { StepKind } from "./model/kinds.ts";
import { StepIcon } from "./StepIcon.tsx";
import type { Steps } from "./useSteps.ts";

const texts = editorText.steps;

interface StepHeaderProps {
  /** What the step is called; what it is. */
  name: string;
  about: string;
  kind: StepKind;
  iconUrl: string;
  /** What can be done with it. */
  buttons: ReactNode;
  onRename: (title: string) => void;
}

/** What the step is called and what it is, and what can be done with it as a whole. */
export function StepHeader({ buttons, onRename, ...what }: StepHeaderProps) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <StepName {...what} onRename={useStable(onRename)} />
      {buttons}
    </Group>
  );
}

/** Nothing in it changes with what is typed into the form below. */
const StepName = memo(function StepName(props: Omit<StepHeaderProps, "buttons">) {
  const { name, about, kind, iconUrl, onRename } = props;
  return (
    <Group gap="sm" wrap="nowrap" style={{ flex: 1, minWidth: 0 }}>
      {kind === "action" ? (
        <img src={iconUrl} alt="" width={32} height={32} style={{ borderRadius: 6 }} />
      ) : (
        <ThemeIcon variant="light" size={32}>
          <StepIcon kind={kind} size={18} />
        </ThemeIcon>
      )}
      <div style={{ flex: 1, minWidth: 0 }}>
        <NameInput name={name} onName={onRename} />
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      </div>
    </Group>
  );
});

/** What can be done with the chosen steps. */
export function StepButtons({ steps }: { steps: Steps }) {
  const count = steps.chosen.length;
  if (useReadOnly()) return null;
  return (
    <Group gap={0} wrap="nowrap" data-step-buttons>
      <StepButton label={texts.up} off={steps.cannotMove("up")} onClick={() => steps.move("up")}>
        <ArrowUp size={16} />
      </StepButton>
      <StepButton label={texts.down} off={steps.cannotMove("down")} onClick={() => steps.move("down")}>
        <ArrowDown size={16} />
      </StepButton>
      <StepButton label={texts.duplicate(count)} off={null} onClick={steps.duplicate}>
        <Copy size={16} />
      </StepButton>
      <StepButton label={texts.delete(count)} off={null} onClick={steps.remove}>
        <Trash2 size={16} />
      </StepButton>
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

function StepButton({ onClick, children, ...rest }: StepButtonProps) {
  return <SteadyButton {...rest} onClick={useStable(onClick)} icon={children} />;
}

type SteadyButtonProps = Omit<StepButtonProps, "children"> & { icon: ReactNode };

/** Looks the same with every letter that is typed into the form below it. */
const SteadyButton = memo(function SteadyButton({ label, off, onClick, icon }: SteadyButtonProps) {
  return (
    <Tooltip label={off ?? label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-disabled={off !== null}
        onClick={off === null ? onClick : undefined}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}, sameButton);

/** The icon of a label is always the same one. */
function sameButton(a: SteadyButtonProps, b: SteadyButtonProps): boolean {
  return a.label === b.label && a.off === b.off && a.onClick === b.onClick;
}

/** The name is taken when it is whole: the key may follow it, and with the key every reference. */
function NameInput({ name, onName }: { name: string; onName: (title: string) => void }) {
  const [typed, setTyped] = useState(name);
  const [known, setKnown] = useState(name);
  if (known !== name) {
    setKnown(name);
    setTyped(name);
  }
  return (
    <input
      className={`${classes.title} ${classes.stepName}`}
      aria-label={texts.name}
      data-step-name
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => {
        if (typed.trim() === "") setTyped(name);
        else if (typed !== name) onName(typed.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setTyped(name);
      }}
    />
  );
}

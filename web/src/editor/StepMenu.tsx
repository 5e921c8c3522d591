/** A right click on a step: what can be done with what is chosen. */
import { Kbd, Menu } from "@mantine/core";
import { ClipboardPaste, Copy, CopyPlus, type LucideIcon, Plus, Scissors, Trash2 } from "lucide-react";
import { memo } from "react";
import type { Steps } from "./useSteps.ts";

interface StepMenuProps {
  /** Where it was asked for, in the window; null while it is closed. */
  at: { x: number; y: number } | null;
  steps: Steps;
  onClose: () => void;
}

export const StepMenu = memo(function StepMenu({ at, steps, onClose }: StepMenuProps) {
  const many = steps.chosen.length > 1;
  const named = (verb: string) => (many ? `${verb} ${steps.chosen.length} steps` : verb);
  return (
    <Menu opened={at !== null} onClose={onClose} position="bottom-start" width={220} offset={0} shadow="md">
      <Menu.Target>
        {/* Only a place for the menu to stand at. */}
        <button
          type="button"
          tabIndex={-1}
          aria-label="Step menu"
          style={{
            position: "fixed",
            left: at?.x ?? 0,
            top: at?.y ?? 0,
            width: 0,
            height: 0,
            padding: 0,
            border: 0,
            overflow: "hidden",
          }}
        />
      </Menu.Target>
      <Menu.Dropdown aria-label="Step">
        <Item icon={Plus} label="Add step below" keys="A" run={steps.addBelow} />
        <Item icon={CopyPlus} label={named("Duplicate")} keys="Ctrl D" run={steps.duplicate} />
        <Menu.Divider />
        <Item icon={Copy} label={named("Copy")} keys="Ctrl C" run={() => void steps.clipboard.copy()} />
        <Item icon={Scissors} label={named("Cut")} keys="Ctrl X" run={() => void steps.clipboard.cut()} />
        <Item
          icon={ClipboardPaste}
          label="Paste below"
          keys="Ctrl V"
          run={() => void steps.clipboard.paste()}
        />
        <Menu.Divider />
        <Item icon={Trash2} label={named("Delete")} keys="Delete" color="red" run={steps.remove} />
      </Menu.Dropdown>
    </Menu>
  );
}, bothClosed);

function bothClosed(before: StepMenuProps, after: StepMenuProps): boolean {
  return before.at === null && after.at === null;
}

interface ItemProps {
  icon: LucideIcon;
  label: string;
  keys: string;
  color?: string;
  run: () => void;
}

function Item({ icon: Icon, label, keys, color, run }: ItemProps) {
  return (
    <Menu.Item
      leftSection={<Icon size={14} aria-hidden />}
      rightSection={
        <Kbd size="xs" aria-hidden>
          {keys}
        </Kbd>
      }
      aria-label={label}
      onClick={run}
      {...(color && { color })}
    >
      {label}
    </Menu.Item>
  );
}

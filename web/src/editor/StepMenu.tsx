/** A right click on a step: what can be done with what is chosen. */
import { Kbd, Menu } from "@mantine/core";
import { ClipboardPaste, Copy, CopyPlus, type LucideIcon, Plus, Scissors, Trash2 } from "lucide-react";
import { memo } from "react";
import { editorText } from "../texts/editor.tsx";
import type { Steps } from "./useSteps.ts";

const { steps: texts, keys } = editorText;

interface StepMenuProps {
  /** Where it was asked for, in the window; null while it is closed. */
  at: { x: number; y: number } | null;
  steps: Steps;
  onClose: () => void;
}

export const StepMenu = memo(function StepMenu({ at, steps, onClose }: StepMenuProps) {
  const count = steps.chosen.length;
  return (
    <Menu opened={at !== null} onClose={onClose} position="bottom-start" width={220} offset={0} shadow="md">
      <Menu.Target>
        {/* Only a place for the menu to stand at. */}
        <button
          type="button"
          tabIndex={-1}
          aria-label={texts.menu}
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
      <Menu.Dropdown aria-label={texts.menuLabel}>
        <Item icon={Plus} label={texts.addBelow} keys={keys.addBelow} run={steps.addBelow} />
        <Item
          icon={CopyPlus}
          label={texts.short.duplicate(count)}
          keys={keys.duplicate}
          run={steps.duplicate}
        />
        <Menu.Divider />
        <Item
          icon={Copy}
          label={texts.short.copy(count)}
          keys={keys.copy}
          run={() => void steps.clipboard.copy()}
        />
        <Item
          icon={Scissors}
          label={texts.short.cut(count)}
          keys={keys.cut}
          run={() => void steps.clipboard.cut()}
        />
        <Item
          icon={ClipboardPaste}
          label={texts.pasteBelow}
          keys={keys.paste}
          run={() => void steps.clipboard.paste()}
        />
        <Menu.Divider />
        <Item
          icon={Trash2}
          label={texts.short.delete(count)}
          keys={keys.delete}
          color="red"
          run={steps.remove}
        />
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

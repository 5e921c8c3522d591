/** The icon of a kind of step: the same in the editor, in its menus and in Task History. */
import {
  Code,
  Globe,
  type LucideIcon,
  MessageSquareReply,
  Radio,
  Repeat,
  Split,
  SquareDashed,
  Timer,
} from "lucide-react";
import type { StepKind } from "./model/kinds.ts";

const ICONS: Record<StepKind | "trigger", LucideIcon> = {
  trigger: Radio,
  // An action has its provider's icon; this one stands in while none is chosen.
  action: SquareDashed,
  request: Globe,
  function: Code,
  if: Split,
  forEach: Repeat,
  delay: Timer,
  response: MessageSquareReply,
};

export function StepIcon({ kind, size }: { kind: StepKind | "trigger"; size: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} aria-hidden />;
}

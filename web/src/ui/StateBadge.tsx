import { Badge } from "@mantine/core";
import {
  Ban,
  Check,
  CircleDashed,
  CircleHelp,
  Clock,
  FlaskConical,
  LoaderCircle,
  type LucideIcon,
  Minus,
  PencilLine,
  Plus,
  X,
} from "lucide-react";
import { uiText } from "../texts/ui.tsx";

type State = keyof typeof uiText.states;

interface Look {
  word: string;
  color: string;
  icon: LucideIcon;
}

/** Text and ground of each colour, readable on both schemes. */
const tones: Record<string, { c: string; bg: string }> = {
  green: { c: "light-dark(#1f6b33, #8ce99a)", bg: "light-dark(#e3f6e7, #1d3a25)" },
  red: { c: "light-dark(#b02525, #ffa8a8)", bg: "light-dark(#fdeaea, #452222)" },
  yellow: { c: "light-dark(#7a4d00, #ffd43b)", bg: "light-dark(#fff2cc, #43350f)" },
  orange: { c: "light-dark(#8f3f00, #ffc078)", bg: "light-dark(#ffead8, #45290f)" },
  blue: { c: "light-dark(#1c54a8, #a5d8ff)", bg: "light-dark(#e5f0fd, #1b3350)" },
  gray: { c: "light-dark(#4a5158, #c9c9c9)", bg: "light-dark(#eef0f2, #383838)" },
};

/** Colour means state, and never stands alone: there is always a word and a shape. */
const looks: Record<State, Omit<Look, "word">> = {
  queued: { color: "blue", icon: CircleDashed },
  running: { color: "blue", icon: LoaderCircle },
  waiting: { color: "yellow", icon: Clock },
  in_doubt: { color: "orange", icon: CircleHelp },
  succeeded: { color: "green", icon: Check },
  failed: { color: "red", icon: X },
  cancelled: { color: "gray", icon: Ban },
  skipped: { color: "gray", icon: Minus },
  simulated: { color: "yellow", icon: FlaskConical },
  not_reached: { color: "gray", icon: CircleDashed },
  delivered: { color: "green", icon: Check },
  current: { color: "green", icon: Check },
  live: { color: "green", icon: Check },
  rolling_out: { color: "blue", icon: LoaderCircle },
  dropped: { color: "gray", icon: Ban },
  draft: { color: "gray", icon: PencilLine },
  deployed: { color: "green", icon: Check },
  changed: { color: "yellow", icon: PencilLine },
  registering: { color: "yellow", icon: Clock },
  registered: { color: "green", icon: Check },
  revoked: { color: "green", icon: Check },
  not_offered: { color: "gray", icon: Minus },
  not_told: { color: "red", icon: X },
  added: { color: "green", icon: Plus },
  edited: { color: "yellow", icon: PencilLine },
  removed: { color: "red", icon: X },
  removing: { color: "yellow", icon: Clock },
  left: { color: "red", icon: X },
  not_set_up: { color: "gray", icon: CircleDashed },
  inactive: { color: "gray", icon: Minus },
  active: { color: "green", icon: Check },
  loading: { color: "blue", icon: LoaderCircle },
  checking: { color: "blue", icon: LoaderCircle },
  paused: { color: "gray", icon: Minus },
  on: { color: "green", icon: Check },
  off: { color: "gray", icon: Minus },
  valid: { color: "green", icon: Check },
  pending: { color: "yellow", icon: Clock },
  invalid: { color: "red", icon: X },
};

export function stateLook(state: string): Look {
  const key = state.toLowerCase().replaceAll("-", "_");
  if (isKnown(key)) return { word: uiText.states[key], ...looks[key] };
  return { word: state, color: "gray", icon: CircleDashed };
}

function isKnown(key: string): key is State {
  return Object.hasOwn(looks, key);
}

export function StateBadge({ state }: { state: string }) {
  const { word, color, icon: Icon } = stateLook(state);
  return (
    <Badge
      variant="light"
      {...tones[color]}
      radius="sm"
      tt="none"
      fw={500}
      size="md"
      leftSection={<Icon size={12} aria-hidden />}
      miw="max-content"
      style={{ flexShrink: 0 }}
    >
      {word}
    </Badge>
  );
}

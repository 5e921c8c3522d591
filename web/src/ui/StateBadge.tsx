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
const looks: Record<string, Look> = {
  queued: { word: "Queued", color: "blue", icon: CircleDashed },
  running: { word: "Running", color: "blue", icon: LoaderCircle },
  waiting: { word: "Waiting", color: "yellow", icon: Clock },
  in_doubt: { word: "In doubt", color: "orange", icon: CircleHelp },
  succeeded: { word: "Succeeded", color: "green", icon: Check },
  failed: { word: "Failed", color: "red", icon: X },
  cancelled: { word: "Cancelled", color: "gray", icon: Ban },
  skipped: { word: "Skipped", color: "gray", icon: Minus },
  simulated: { word: "Simulated", color: "yellow", icon: FlaskConical },
  not_reached: { word: "Not reached", color: "gray", icon: CircleDashed },
  delivered: { word: "Delivered", color: "green", icon: Check },
  current: { word: "Runs now", color: "green", icon: Check },
  live: { word: "Live", color: "green", icon: Check },
  rolling_out: { word: "Being rolled out", color: "blue", icon: LoaderCircle },
  dropped: { word: "Dropped", color: "gray", icon: Ban },
  draft: { word: "Draft", color: "gray", icon: PencilLine },
  deployed: { word: "Deployed", color: "green", icon: Check },
  changed: { word: "Undeployed changes", color: "yellow", icon: PencilLine },
  registering: { word: "Not made yet", color: "yellow", icon: Clock },
  registered: { word: "There", color: "green", icon: Check },
  revoked: { word: "Revoked", color: "green", icon: Check },
  not_offered: { word: "Not offered", color: "gray", icon: Minus },
  not_told: { word: "Not told", color: "red", icon: X },
  added: { word: "New", color: "green", icon: Plus },
  edited: { word: "Changed", color: "yellow", icon: PencilLine },
  removed: { word: "Removed", color: "red", icon: X },
  removing: { word: "Being removed", color: "yellow", icon: Clock },
  left: { word: "Left behind", color: "red", icon: X },
  not_set_up: { word: "Not set up", color: "gray", icon: CircleDashed },
  inactive: { word: "Inactive", color: "gray", icon: Minus },
  active: { word: "Active", color: "green", icon: Check },
  loading: { word: "Being read", color: "blue", icon: LoaderCircle },
  checking: { word: "Being compared", color: "blue", icon: LoaderCircle },
  paused: { word: "Paused", color: "gray", icon: Minus },
  on: { word: "On", color: "green", icon: Check },
  off: { word: "Off", color: "gray", icon: Minus },
  valid: { word: "Connected", color: "green", icon: Check },
  pending: { word: "Not finished", color: "yellow", icon: Clock },
  invalid: { word: "Reconnect needed", color: "red", icon: X },
};

export function stateLook(state: string): Look {
  const key = state.toLowerCase().replaceAll("-", "_");
  return looks[key] ?? { word: state, color: "gray", icon: CircleDashed };
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

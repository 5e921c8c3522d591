const SECONDS = { day: 86_400, hour: 3600, minute: 60 };

/** How long finished runs and received events are kept, in a sentence. */
import { commonText } from "../../texts/common.ts";

export function keptFor(seconds: number | null): string {
  if (seconds === null) return commonText.keptForever;
  const unit = seconds >= 86_400 ? "day" : seconds >= 3600 ? "hour" : "minute";
  const count = Math.max(1, Math.round(seconds / SECONDS[unit]));
  return commonText.keptFor(count, unit);
}

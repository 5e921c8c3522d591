/** How long finished runs and received events are kept, in a sentence. */
export function keptFor(seconds: number | null): string {
  if (seconds === null) return "Nothing is ever removed.";
  const [unit, length] =
    seconds >= 86_400 ? ["day", 86_400] : seconds >= 3600 ? ["hour", 3600] : ["minute", 60];
  const count = Math.max(1, Math.round(seconds / Number(length)));
  return `Kept for ${count} ${unit}${count === 1 ? "" : "s"} after a run is done.`;
}

import { useRef } from "react";

/** The object before, as long as all that it holds is the same: what is drawn with it need not look again. */
export function useSame<T extends object>(value: T): T {
  const kept = useRef(value);
  const names = Object.keys(value) as (keyof T)[];
  if (names.some((name) => kept.current[name] !== value[name])) kept.current = value;
  return kept.current;
}

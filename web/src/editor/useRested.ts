import { useEffect, useRef, useState } from "react";

/** How long a walk through the steps rests until the form of the step is drawn. */
const REST_MS = 120;

/**
 * The value once it rests: the first change is taken at once, those that follow it quickly when they end. The function
 * takes the newest at once, for who cannot wait.
 */
export function useRested<T>(value: T): readonly [T, () => void] {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const newest = useRef(value);
  newest.current = value;
  useEffect(() => {
    const now = performance.now();
    const isQuick = now - changedAt.current < REST_MS;
    changedAt.current = now;
    if (!isQuick) return setShown(value);
    const timer = setTimeout(() => setShown(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return [shown, () => setShown(newest.current)];
}

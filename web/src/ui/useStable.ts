import { useCallback, useLayoutEffect, useRef } from "react";

/** The same function for as long as its component lives; it does what the newest one does. For handlers alone. */
export function useStable<Input extends unknown[], Output>(
  run: (...input: Input) => Output,
): (...input: Input) => Output {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...input) => latest.current(...input), []);
}

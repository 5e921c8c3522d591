import { startTransition, useEffect, useMemo, useRef, useState } from "react";

/** Whether a key that walks is down: what follows the walk waits until it is let go. */
export interface Hold {
  begin: () => void;
  /** How urgent what follows is then, the caller says. */
  end: () => void;
}

/** The value when there is time to draw what follows it; while a key is held it stays what is drawn. */
export function useReleased<T>(value: T): readonly [T, Hold] {
  const [shown, setShown] = useState(value);
  const isHeld = useRef(false);
  const newest = useRef(value);
  newest.current = value;
  const drawn = useRef(shown);
  useEffect(() => {
    drawn.current = shown;
  }, [shown]);
  useEffect(() => {
    if (!isHeld.current) startTransition(() => setShown(value));
  }, [value]);
  const hold = useMemo<Hold>(
    () => ({
      begin: () => {
        isHeld.current = true;
        // What is being drawn would be begun again with each step, and is not wanted any more.
        setShown(drawn.current);
      },
      end: () => {
        isHeld.current = false;
        setShown(newest.current);
      },
    }),
    [],
  );
  return [shown, hold];
}

import { type RefObject, useEffect, useRef } from "react";

/** The form whose first refused field is brought into view and focused once `fault` is there: it may be far above the button. */
export function useFaultShown(fault: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (fault) form.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  }, [fault]);
  return form;
}

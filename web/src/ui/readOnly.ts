import { createContext, useContext } from "react";

/** Whether the fields around can be read alone: native ones are disabled by their fieldset, ours ask here. */
export const ReadOnlyContext = createContext(false);

export function useReadOnly(): boolean {
  return useContext(ReadOnlyContext);
}

import { createContext, type MouseEvent, type RefObject, useContext } from "react";
import type { Place } from "./model/steps.ts";

/** How a click chooses: this step alone, it too or no longer, or all from the last one to it. */
export type Choosing = "only" | "toggle" | "range";

/** What nodes and edges ask for. Apart from their data, so that data can be compared. */
export interface CanvasRequests {
  /** Null is the trigger. */
  onSelect: (key: string | null, how: Choosing) => void;
  onInsert: (place: Place) => void;
  /** From the node into its form. */
  onOpen: () => void;
  onMenu: (key: string, event: MouseEvent) => void;
  /** Set while the chosen node shall take the focus as soon as it is drawn. */
  wantsFocus: RefObject<boolean>;
}

export const CanvasContext = createContext<CanvasRequests>({
  onSelect: () => {},
  onInsert: () => {},
  onOpen: () => {},
  onMenu: () => {},
  wantsFocus: { current: false },
});

export function useCanvasRequests(): CanvasRequests {
  return useContext(CanvasContext);
}

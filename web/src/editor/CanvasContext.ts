import { createContext, useContext } from "react";
import type { Selection } from "./draft.ts";
import type { Place } from "./model/steps.ts";

/** What nodes and edges ask for. Apart from their data, so that data can be compared. */
export interface CanvasRequests {
  onSelect: (selection: Selection) => void;
  onInsert: (place: Place) => void;
}

export const CanvasContext = createContext<CanvasRequests>({ onSelect: () => {}, onInsert: () => {} });

export function useCanvasRequests(): CanvasRequests {
  return useContext(CanvasContext);
}

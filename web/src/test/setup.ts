import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Mantine and the code editor ask the browser for these; jsdom has none, and Node no window at all.
if (typeof window !== "undefined") fillGaps();

function fillGaps() {
  window.matchMedia ??= (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addListener: () => {},
    removeListener: () => {},
    addEventListener: () => {},
    removeEventListener: () => {},
    dispatchEvent: () => false,
  });

  class NoResizeObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  window.ResizeObserver ??= NoResizeObserver;
  Element.prototype.scrollIntoView ??= () => {};
  Range.prototype.getClientRects ??= () => Object.assign([], { item: () => null });
}

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 10_000 });

afterEach(cleanup);

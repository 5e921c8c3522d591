import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Mantine asks the browser for these; jsdom has neither.
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

afterEach(cleanup);

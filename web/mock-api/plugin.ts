import type { Plugin } from "vite";

/** Serves the management API from memory, so that the dashboard can be worked on without the server. */
export function mockApi(): Plugin {
  return { name: "linchpin-mock-api" };
}

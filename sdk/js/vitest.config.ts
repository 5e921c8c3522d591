import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    unstubGlobals: true,
    // The frame is never loaded here; happy-dom says so each time.
    onConsoleLog: (text) => !text.includes("Iframe page loading is disabled"),
  },
});

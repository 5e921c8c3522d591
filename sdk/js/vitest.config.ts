import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: [{ find: /^@linchpin\/connect$/, replacement: `${import.meta.dirname}/src/index.ts` }] },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    unstubGlobals: true,
    // Some start programs, on machines that have other things to do.
    testTimeout: 30_000,
    // The frame is never loaded here; happy-dom says so each time.
    onConsoleLog: (text) => !text.includes("Iframe page loading is disabled"),
  },
});

import { defineConfig } from "@playwright/test";

// The browser is the distribution's: nothing is downloaded. As root Chromium has no sandbox of its own.
export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: ".run/results",
  // Each test starts real servers and the machine may have two cores.
  workers: 1,
  fullyParallel: false,
  // A flaky test is a bug, never retried away.
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./src/report.ts"]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
      ],
    },
  },
});

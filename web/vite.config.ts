/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption } from "vite";

// The dashboard. The Connect Portal is a bundle of its own: see vite.portal.config.ts.
export default defineConfig(async () => {
  const plugins: PluginOption[] = [react()];
  if (process.env.LINCHPIN_MOCK_API) {
    const { mockApi } = await import("./mock-api/plugin.ts");
    plugins.push(mockApi());
  }
  return {
    base: "/app/",
    plugins,
    build: {
      outDir: "dist/app",
      emptyOutDir: true,
      // The content security policy has no `data:` for fonts and scripts, so nothing is inlined.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: "index.html" },
    },
    // A preview runs under the policy that the server sends.
    preview: {
      headers: {
        "Content-Security-Policy":
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      },
    },
    server: {
      proxy: process.env.LINCHPIN_MOCK_API
        ? {}
        : Object.fromEntries(
            ["/api", "/integrations", "/sdk", "/projects", "/v2", "/ui"].map((path) => [
              path,
              process.env.LINCHPIN_URL ?? "http://127.0.0.1:4800",
            ]),
          ),
    },
    test: {
      environment: "jsdom",
      testTimeout: 30_000,
      include: ["src/**/*.test.{ts,tsx}", "mock-api/**/*.test.ts"],
      setupFiles: ["src/test/setup.ts"],
    },
  };
});

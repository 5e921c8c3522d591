import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The Connect Portal: the page at `/ui`, shown in a frame over the customer's page. A bundle of its own, so that it
// stays small; everything in it is a file, because its content security policy allows nothing inline.
export default defineConfig({
  base: "/ui-assets/",
  plugins: [react()],
  publicDir: false,
  build: {
    outDir: "dist/portal",
    emptyOutDir: true,
    assetsDir: "",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: "portal.html" },
  },
});

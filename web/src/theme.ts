import { Accordion, createTheme, Drawer, type MantineColorsTuple, Modal, Notification } from "@mantine/core";

/** The one accent colour. Everything else is a neutral grey or says a state. */
const accent: MantineColorsTuple = [
  "#eef2ff",
  "#dfe5fd",
  "#bcc8f7",
  "#96a9f1",
  "#768fec",
  "#627ee9",
  "#4f6bdf",
  "#4059c4",
  "#384fb0",
  "#2c439c",
];

export const theme = createTheme({
  colors: { accent },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: "md",
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "22px" }, h2: { fontSize: "17px" }, h3: { fontSize: "15px" } },
  },
  // What unfolds is there at once: calm, and never half drawn on a slow machine.
  components: {
    Accordion: Accordion.extend({ defaultProps: { transitionDuration: 0 } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
      styles: { description: { color: "var(--mantine-color-text)" } },
    }),
  },
  cursorType: "pointer",
  respectReducedMotion: true,
});

import { useEffect } from "react";
import type { View } from "./view";

/** Puts the theme and the host's accent colour on the document, by properties: style attributes are not allowed. */
export function useTheme(view: Pick<View, "theme" | "accent"> | undefined): void {
  const theme = view?.theme ?? "system";
  const accent = view?.accent;
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const { style } = document.documentElement;
    if (accent === undefined) {
      style.removeProperty("--accent");
      style.removeProperty("--on-accent");
    } else {
      style.setProperty("--accent", accent);
      style.setProperty("--on-accent", readableOn(accent));
    }
  }, [accent]);
}

/** Black or white, whichever reads better on the colour (WCAG's relative luminance). */
export function readableOn(colour: string): "#111418" | "#ffffff" {
  const digits = colour.slice(1);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return channel <= 0.039_28 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0565 ? "#ffffff" : "#111418";
}

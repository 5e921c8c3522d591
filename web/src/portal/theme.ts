import { useEffect } from "react";
import type { View } from "./view";

/** Of the card, in either theme: see portal.css. */
const SURFACES = { light: "#ffffff", dark: "#1a1d23" } as const;
/** What WCAG asks of the edges of controls. */
const LEAST_CONTRAST = 3;
/** And of text. */
const LEAST_TEXT_CONTRAST = 4.5;

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
      for (const name of ["--accent", "--on-accent", "--focus"]) style.removeProperty(name);
      return undefined;
    }
    const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
    const paint = (): void => {
      const isDark = theme === "dark" || (theme === "system" && dark?.matches === true);
      style.setProperty("--accent", accent);
      style.setProperty("--on-accent", readableOn(accent));
      style.setProperty("--focus", visibleOn(isDark ? SURFACES.dark : SURFACES.light, accent));
    };
    paint();
    dark?.addEventListener("change", paint);
    return () => dark?.removeEventListener("change", paint);
  }, [accent, theme]);
}

/** White, the text's near-black, or black where only that can be read on the colour. */
export function readableOn(colour: string): "#111418" | "#000000" | "#ffffff" {
  const white = contrast("#ffffff", colour);
  const dark = contrast("#111418", colour);
  if (Math.max(white, dark) < LEAST_TEXT_CONTRAST) return "#000000";
  return white >= dark ? "#ffffff" : "#111418";
}

/** The colour, or the nearest shade of it that can be told from the surface. */
export function visibleOn(surface: string, colour: string): string {
  const target = luminance(channels(surface)) > 0.5 ? 0 : 255;
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = channels(colour).map((channel) => Math.round(channel + (target - channel) * share));
    const found = `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
    if (contrast(found, surface) >= LEAST_CONTRAST) return found;
  }
  return target === 0 ? "#000000" : "#ffffff";
}

/** WCAG's contrast ratio, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [bright = 0, dim = 0] = [luminance(channels(one)), luminance(channels(other))].sort((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}

function channels(colour: string): number[] {
  const digits = colour.slice(1);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16));
}

function luminance(rgb: number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((each) => {
    const channel = each / 255;
    return channel <= 0.039_28 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

import { describe, expect, it } from "vitest";
import { contrast, readableOn, visibleOn } from "./theme";

const COLOURS = ["#ffffff", "#000000", "#ff7a59", "#ffff00", "#1f5eff", "#0a0a23", "#777777", "#0f0"];

describe("the host's accent colour", () => {
  it.each(COLOURS)("%s carries text that can be read", (colour) => {
    expect(contrast(readableOn(colour), colour)).toBeGreaterThan(4.5);
  });

  it.each(COLOURS)("%s is told from the card in both themes", (colour) => {
    for (const surface of ["#ffffff", "#1a1d23"]) {
      expect(contrast(visibleOn(surface, colour), surface)).toBeGreaterThanOrEqual(3);
    }
  });

  it("stays what it is where it can be seen", () => {
    expect(visibleOn("#ffffff", "#1f5eff")).toBe("#1f5eff");
  });
});

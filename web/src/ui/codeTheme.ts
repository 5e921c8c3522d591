/** How code fields look: the same colours as the rest, in light and dark. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const codeTheme = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--mantine-color-dimmed)",
    border: "none",
  },
  ".cm-content": { caretColor: "var(--mantine-color-text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutter-lint": { width: "1em" },
  ".cm-tooltip": {
    backgroundColor: "var(--mantine-color-body)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--mantine-color-default-border)",
    borderRadius: "6px",
  },
  ".cm-diagnostic": { fontFamily: "var(--mantine-font-family)", padding: "4px 10px" },
  ".cm-matchingBracket": { backgroundColor: "var(--mantine-color-default-hover)" },
});

export const highlighting = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.propertyName, color: "light-dark(#364fc7, #91a7ff)" },
    { tag: tags.string, color: "light-dark(#2b6e3f, #8ce99a)" },
    { tag: tags.number, color: "light-dark(#a04d00, #ffc078)" },
    { tag: tags.keyword, color: "light-dark(#862e9c, #e599f7)" },
    { tag: tags.comment, color: "light-dark(#5d646c, #a9adb3)" },
    { tag: [tags.bool, tags.null], color: "light-dark(#862e9c, #e599f7)" },
  ]),
);

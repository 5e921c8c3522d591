/**
 * A small Markdown: headings, paragraphs, lists, bold, italic, code and links. It makes React nodes, never HTML,
 * so nothing that a text contains can become markup. What it does not know stays the text it is.
 */
import { Fragment, type ReactNode } from "react";

export function Markdown({ source }: { source: string }): ReactNode {
  return <div className="markdown">{blocks(source)}</div>;
}

const BULLET = /^\s*[-*+]\s+/;
const NUMBER = /^\s*\d{1,9}[.)]\s+/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const FENCE = /^\s*```/;

function blocks(source: string): ReactNode[] {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const out: ReactNode[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? "")) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    const key = at;
    if (line.trim() === "") at += 1;
    else if (heading) {
      at += 1;
      // The card's own title is the first level: a text begins below it.
      const Tag = (heading[1]?.length ?? 1) <= 2 ? "h3" : "h4";
      out.push(<Tag key={key}>{inline(heading[2] ?? "")}</Tag>);
    } else if (FENCE.test(line)) {
      at += 1;
      const code = take((each) => !FENCE.test(each)).join("\n");
      at += 1;
      out.push(
        <pre key={key}>
          <code>{code}</code>
        </pre>,
      );
    } else if (BULLET.test(line)) {
      out.push(
        <ul key={key}>
          {items(
            take((each) => isItem(each, BULLET)),
            BULLET,
          )}
        </ul>,
      );
    } else if (NUMBER.test(line)) {
      out.push(
        <ol key={key}>
          {items(
            take((each) => isItem(each, NUMBER)),
            NUMBER,
          )}
        </ol>,
      );
    } else {
      const text = take((each) => each.trim() !== "" && !startsBlock(each));
      out.push(<p key={key}>{inline(text.map((each) => each.trim()).join(" "))}</p>);
    }
  }
  return out;
}

function startsBlock(line: string): boolean {
  return HEADING.test(line) || FENCE.test(line) || BULLET.test(line) || NUMBER.test(line);
}

/** An item, or its indented continuation. */
function isItem(line: string, marker: RegExp): boolean {
  return marker.test(line) || /^\s{2,}\S/.test(line);
}

function items(lines: string[], marker: RegExp): ReactNode[] {
  const texts: string[] = [];
  for (const line of lines) {
    if (marker.test(line)) texts.push(line.replace(marker, ""));
    else texts.push(`${texts.pop() ?? ""} ${line.trim()}`);
  }
  // biome-ignore lint/suspicious/noArrayIndexKey: the text never changes in place
  return texts.map((text, index) => <li key={index}>{inline(text)}</li>);
}

// One alternative after another: code, link, bold, italic. No nesting of quantifiers, so no text is slow to read.
const INLINE =
  /`([^`]+)`|\[([^[\]]+)\]\(([^()\s]+)\)|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<![\w])_([^_\s][^_]*)_(?![\w])/g;

function inline(text: string, depth = 0): ReactNode {
  if (depth > 3) return text;
  const out: ReactNode[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, href, bold1, bold2, italic1, italic2] = match;
    if (match.index > last) out.push(text.slice(last, match.index));
    last = match.index + whole.length;
    const bold = bold1 ?? bold2;
    const italic = italic1 ?? italic2;
    let node: ReactNode = whole;
    if (code !== undefined) node = <code>{code}</code>;
    else if (label !== undefined && href !== undefined) {
      node = isSafeLink(href) ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {inline(label, depth + 1)}
        </a>
      ) : (
        label
      );
    } else if (bold !== undefined) node = <strong>{inline(bold, depth + 1)}</strong>;
    else if (italic !== undefined) node = <em>{inline(italic, depth + 1)}</em>;
    out.push(<Fragment key={match.index}>{node}</Fragment>);
  }
  if (last < text.length) out.push(text.slice(last));
  return out;
}

/** Web and mail addresses only: a `javascript:` link would run with the dashboard's origin. */
export function isSafeLink(href: string): boolean {
  if (!URL.canParse(href)) return false;
  return ["http:", "https:", "mailto:"].includes(new URL(href).protocol);
}

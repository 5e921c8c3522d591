/**
 * Where a text stops being JSON. Browsers word their parse errors differently, and some leave the place
 * out, so the place is found here; whether a text is JSON stays `JSON.parse`'s to say.
 */
export function jsonErrorAt(text: string): number {
  const end = value(text, 0);
  if (end < 0) return ~end;
  return space(text, end);
}

// Each reader answers the place behind what it read, or the bitwise complement of where it failed.

function space(text: string, at: number): number {
  while (/[ \t\r\n]/.test(text.charAt(at))) at++;
  return at;
}

function value(text: string, from: number): number {
  const at = space(text, from);
  const mark = text.charAt(at);
  if (mark === "{") return list(text, at, "}", member);
  if (mark === "[") return list(text, at, "]", value);
  if (mark === '"') return quoted(text, at);
  const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(at))?.[0];
  return word ? at + word.length : ~at;
}

function list(text: string, open: number, close: string, item: (text: string, at: number) => number): number {
  let at = space(text, open + 1);
  if (text.charAt(at) === close) return at + 1;
  for (;;) {
    const end = item(text, at);
    if (end < 0) return end;
    at = space(text, end);
    if (text.charAt(at) === close) return at + 1;
    if (text.charAt(at) !== ",") return ~at;
    at++;
  }
}

function member(text: string, from: number): number {
  const at = space(text, from);
  const name = quoted(text, at);
  if (name < 0) return name;
  const colon = space(text, name);
  return text.charAt(colon) === ":" ? value(text, colon + 1) : ~colon;
}

function quoted(text: string, at: number): number {
  if (text.charAt(at) !== '"') return ~at;
  for (let index = at + 1; index < text.length; index++) {
    const mark = text.charAt(index);
    if (mark === '"') return index + 1;
    if (mark === "\\") index++;
    else if (mark < " ") return ~index;
  }
  return ~text.length;
}

// The side panel: what this page asked of Linchpin, and what it was told.

const list = document.querySelector("#happened");
const WORDS = { call: "Call", done: "Answer", event: "Event", failed: "Failed" };
const MOST = 60;

/** Adds a line. `kind` is call, done, event or failed; `detail` unfolds below it. */
export function happened(kind, text, detail) {
  const item = document.createElement("li");
  item.className = kind;
  const head = document.createElement("p");
  const word = Object.assign(document.createElement("span"), { className: "kind", textContent: WORDS[kind] });
  const time = Object.assign(document.createElement("time"), { textContent: new Date().toLocaleTimeString() });
  head.append(word, time);
  const what = Object.assign(document.createElement("p"), { className: "what", textContent: text });
  item.append(head, what);
  if (detail && Object.keys(detail).length > 0) {
    const fold = document.createElement("details");
    const summary = Object.assign(document.createElement("summary"), { textContent: "Details" });
    const code = Object.assign(document.createElement("pre"), { textContent: JSON.stringify(detail, null, 2) });
    fold.append(summary, code);
    item.append(fold);
  }
  list.prepend(item);
  while (list.children.length > MOST) list.lastElementChild.remove();
}

/** Another user signs in: what happened to the former is not theirs. */
export function forget() {
  list.replaceChildren();
}

// @vitest-environment node
/** Texts that a person reads stand in this folder, and nowhere else in the dashboard. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "..");

/** The portal has a table of its own, in several languages; the rest is not the dashboard's. */
const ELSEWHERE = ["portal/", "test/", "api/generated.ts"];

/** Code that is shown, what the engine answers, or styles: nothing in these files is prose. */
const NO_PROSE = [
  "editor/model/functionScope.ts",
  "editor/model/outputs.ts",
  "pages/overview/samples.ts",
  "pages/runs/curl.ts",
  "pages/settings/destinations/payloads.ts",
  "theme.ts",
];

/** Whatever stands in an attribute or property of such a name is read by a person, one small word too. */
const READ =
  /^(label|title|description|placeholder|alt|message|error|hint|word|emptyText|nothingFoundMessage|none|aria-?(label|description|roledescription|valuetext|placeholder))$/i;

/** Attributes and properties whose words are for the machine. */
const MACHINE =
  /^(class(Name)?|classNames|style|styles|sx|d|points|viewBox|transform|fontFamily\w*|border|key|queryKey|to|from|search|autoComplete|data-[\w-]+)$/;

/** Methods that take a selector of CSS. */
const SELECTS = /\.(closest|matches|querySelector(All)?)$/;

/** Keys as browsers call them. */
const KEYBOARD = /^(Enter|Escape|Tab|Backspace|Delete|Home|End|Arrow(Up|Down|Left|Right))$/;

const LETTER = /\p{L}/u;
/** Two words in a row, or a word that begins as a sentence or a button does. */
const PROSE = /\p{L}{2,}[\p{Pe}\p{Po}]? \p{L}|^\s*\p{Lu}\p{Ll}+(?![\p{L}\p{N}_-])/u;

describe("a text that a person reads", () => {
  it("stands in src/texts", () => {
    const files = sources().filter((file) => !file.startsWith("texts/") && !NO_PROSE.includes(file));
    expect(files).toContain("app/Shell.tsx");
    expect(files.flatMap((file) => found(file, readFileSync(join(SRC, file), "utf8")))).toEqual([]);
  });

  it.each([
    ["between tags", "<p>Nothing here</p>"],
    ["between tags, beside a value", "<p>{count} runs</p>"],
    ["in an attribute", '<input placeholder="any" />'],
    ["in an attribute, chosen", '<input aria-label={on ? "on" : other} />'],
    ["in an attribute, made of parts", "<input title={`of $" + "{name}`} />"],
    ["as a child, chosen", '<p>{on && "on"}</p>'],
    ["as a child, made of parts", "<p>{`version $" + "{number}`}</p>"],
    ["in a property", '({ label: "on" })'],
    ["in a property of any name", '({ about: "Everything that arrived." })'],
    ["in a table of words", '({ appEvent: "Event" })'],
    ["in an error", 'new Error("This is not a key.")'],
    ["as an answer", '() => "nothing so far"'],
    ["as an answer, made of parts", "() => `kept for $" + "{days} days after it`"],
  ])("is refused elsewhere: %s", (_, code) => {
    expect(found("page.tsx", `\nexport const it = ${code};`)).toEqual([
      expect.stringMatching(/^page\.tsx:2 /),
    ]);
  });

  it.each([
    ["a text by its name", "<p title={text.title}>{text.empty}</p>"],
    ["an address", '<a href="/p/$projectId/users">{name}</a>'],
    ["a class", '<p className="mono large">{"·"} {count}</p>'],
    ["a comparison", 'kind === "Contact Created"'],
    ["a key of the keyboard", 'event.key === "Enter" || keys.includes("Escape")'],
    ["an identifier", '({ kind: "appEvent", state: "failed" })'],
    ["a type", 'state as "On" | "Off"'],
    ["a name of code", 'lazy(load, "EditorPage")'],
    ["a selector", 'node.closest("input, textarea, button")'],
  ])("is not: %s", (_, code) => {
    expect(found("page.tsx", `export const it = ${code};`)).toEqual([]);
  });
});

describe("a text in src/texts", () => {
  it("is said somewhere", () => {
    const code = sources()
      .map((file) => readFileSync(join(SRC, file), "utf8"))
      .join("\n");
    const areas = Object.values(import.meta.glob<object>(["./*.{ts,tsx}", "!./*.test.ts"], { eager: true }));
    const texts = areas.flatMap((area) => Object.entries(area).filter(([name]) => name.endsWith("Text")));
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.flatMap(([name, text]) => unsaid(name, text, code))).toEqual([]);
  });

  it("is missed when nobody says it", () => {
    const text = { list: { empty: "None", about: (one: string) => one }, states: { on: "On" }, more: "…" };
    const code = "const { more: word } = listText;\nlistText\n  .list.about(listText.states[state])";
    expect(unsaid("listText", text, code)).toEqual(["listText.list.empty"]);
  });
});

/** The texts below a name that no code reaches, by themselves or by what they stand in. */
function unsaid(name: string, text: object, code: string): string[] {
  const below = `${name}(?:\\s*\\.\\s*\\w+)`;
  const uses = [...code.matchAll(new RegExp(`\\b${below}+`, "g"))].map(([use]) => use.replaceAll(/\s/g, ""));
  // `const { list, states: words } = listText`
  const taken = [...code.matchAll(new RegExp(`\\{([^{}]*)\\} = (${below}*);`, "g"))].flatMap(
    ([, names = "", of]) => names.split(",").map((one) => `${of}.${one.split(":")[0]?.trim()}`),
  );
  const reached = [...uses, ...taken].map((use) => `${use}.`);
  const paths = (texts: object, path: string): string[] =>
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === "object" && value !== null ? paths(value, `${path}.${key}`) : [`${path}.${key}`],
    );
  return paths(text, name).filter(
    (path) => !reached.some((use) => use.startsWith(`${path}.`) || path.startsWith(use)),
  );
}

/** The dashboard's own sources, its texts included. */
function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(sep).join("/"))
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|d)\.tsx?$/.test(file))
    .filter((file) => !ELSEWHERE.some((start) => file.startsWith(start)));
}

/** Each text in a source that should stand in a file of texts, with its line. */
function found(file: string, code: string): string[] {
  const source = ts.createSourceFile(
    file,
    code,
    ts.ScriptTarget.Latest,
    true,
    file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isMachine(node)) return;
    const text = textOf(node);
    if (text !== null && (isRead(node) ? LETTER : PROSE).test(text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getEnd() - text.trimStart().length);
      texts.push(`${file}:${line + 1} ${JSON.stringify(text.trim())}`);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** What is written: of a template the words between the values. */
function textOf(node: ts.Node): string | null {
  if (ts.isJsxText(node) || ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join("…");
}

/** Between tags, or what an attribute or property becomes that people read. */
function isRead(node: ts.Node): boolean {
  if (ts.isJsxText(node)) return true;
  let at = node;
  while (passesOn(at)) at = at.parent;
  const { parent } = at;
  if (ts.isJsxExpression(parent))
    return !ts.isJsxAttribute(parent.parent) || READ.test(nameOf(parent.parent));
  return (ts.isJsxAttribute(parent) || ts.isPropertyAssignment(parent)) && READ.test(nameOf(parent));
}

/** Whether what holds it becomes it: `a ? it : b`, `a && it`, `(it)`. */
function passesOn(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent)) return true;
  if (ts.isConditionalExpression(parent)) return parent.condition !== node;
  return ts.isBinaryExpression(parent) && (parent.right === node || !isAnd(parent)) && !isComparison(parent);
}

const isAnd = (node: ts.BinaryExpression) =>
  node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;

function isComparison({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.InKeyword,
  ].includes(kind);
}

/** What is written for the machine alone, with all that is in it. */
function isMachine(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isJsxAttribute(node) || ts.isPropertyAssignment(node)) return MACHINE.test(nameOf(node));
  if (ts.isCallExpression(node)) return SELECTS.test(node.expression.getText());
  const { parent } = node;
  if (!ts.isStringLiteralLike(node)) return false;
  if (KEYBOARD.test(node.text)) return !isRead(node);
  if (ts.isPropertyName(node) && "name" in parent && parent.name === node) return true;
  if (ts.isCaseClause(parent) || ts.isElementAccessExpression(parent)) return true;
  return ts.isBinaryExpression(parent) && isComparison(parent);
}

function nameOf(node: ts.JsxAttribute | ts.PropertyAssignment): string {
  return ts.isStringLiteralLike(node.name) ? node.name.text : node.name.getText();
}

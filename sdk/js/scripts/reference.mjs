// Prints the API reference, docs/sdk/reference.md, made from the doc comments of what the package exports.
// `cargo xtask generate` writes it, and its check keeps it true.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const ENTRIES = [
  { file: "src/index.ts", name: "@linchpin/connect" },
  { file: "src/full.ts", name: "@linchpin/connect/full" },
  { file: "src/react.tsx", name: "@linchpin/connect/react" },
];
const MEMBERS = [
  ts.SyntaxKind.MethodDeclaration,
  ts.SyntaxKind.MethodSignature,
  ts.SyntaxKind.PropertyDeclaration,
  ts.SyntaxKind.PropertySignature,
  ts.SyntaxKind.GetAccessor,
];

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(ENTRIES.map(({ file }) => join(root, file)), options);
const checker = program.getTypeChecker();
const undocumented = [];

/** The text of a doc comment, and its examples. */
function docOf(node) {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  const text = doc ? (ts.getTextOfJSDocComment(doc.comment) ?? "") : "";
  const tags = doc?.tags ?? [];
  const examples = tags
    .filter((tag) => tag.tagName.text === "example")
    .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? "");
  return { text: text.trim(), examples, isInternal: tags.some((tag) => tag.tagName.text === "internal") };
}

const code = (text, kind = "ts") => `\`\`\`${kind}\n${text.trim()}\n\`\`\``;

/** Doc comment and examples as Markdown. What is exported and has none is told at the end. */
function prose(node, name, isNeeded = true) {
  const { text, examples } = docOf(node);
  if (isNeeded && text === "") undocumented.push(name);
  // A fence of a doc comment stays one; a drawn table is not prose.
  return [text, ...examples.map((example) => code(example, example.includes("<") ? "tsx" : "ts"))].filter(Boolean).join("\n\n");
}

/** A call as one writes it: no body, no modifiers that concern nobody outside, options by one name. */
function signature(node) {
  const name = `${ts.isFunctionDeclaration(node) ? "function " : ""}${node.name.getText()}`;
  if (!node.parameters) return `${name}${node.questionToken ? "?" : ""}: ${node.type?.getText()}`;
  const generics = node.typeParameters ? `<${node.typeParameters.map((each) => each.getText()).join(", ")}>` : "";
  const parameters = node.parameters.map((parameter) => {
    const isPattern = ts.isObjectBindingPattern(parameter.name);
    const optional = parameter.initializer || parameter.questionToken ? "?" : "";
    return `${isPattern ? "options" : parameter.name.getText()}${optional}: ${(parameter.type?.getText() ?? "unknown").replace(/\bdescribe\./g, "")}`;
  });
  // Our own namespaces are nobody's outside.
  const type = (node.type ? `: ${node.type.getText()}` : "").replace(/\bdescribe\./g, "");
  const line = `${name}${generics}(${parameters.join(", ")})${type}`;
  return line.length <= 120 ? line : `${name}${generics}(\n${parameters.map((each) => `  ${each},\n`).join("")})${type}`;
}

/** Where the types of a signature are told of. */
function links(text) {
  const named = [...documented].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return named.length === 0 ? "" : `Types: ${named.map((name) => `[\`${name}\`](#${name.toLowerCase()})`).join(", ")}`;
}

function isPublic(member) {
  const flags = ts.getCombinedModifierFlags(member);
  return (
    MEMBERS.includes(member.kind) &&
    !(flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) &&
    !docOf(member).isInternal
  );
}

/** Members of a class, those of its bases first, as they are written. */
function membersOf(declaration) {
  const bases = (declaration.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword && ts.isClassDeclaration(declaration))
    .flatMap(({ types }) => types)
    .flatMap(({ expression }) => checker.getTypeAtLocation(expression).symbol?.declarations ?? [])
    .filter((base) => !base.getSourceFile().isDeclarationFile && base.getSourceFile().fileName !== "Error")
    .filter(ts.isClassDeclaration);
  return [...bases.flatMap(membersOf), ...declaration.members.filter(isPublic)];
}

/** Each member under a heading of its own; overloads together. */
function members(declaration, name) {
  const byName = new Map();
  for (const member of membersOf(declaration)) {
    const key = member.name.getText();
    // Of overloads, the body's signature is nobody's to call.
    if (!byName.has(key)) byName.set(key, []);
    byName.get(key).push(member);
  }
  return [...byName].map(([key, all]) => {
    const shown = all.length > 1 ? all.filter((member) => !member.body) : all;
    const isCall = shown.some((member) => ts.isMethodDeclaration(member) || ts.isMethodSignature(member));
    const text = shown.map(signature).join("\n");
    return [`### \`${key}${isCall ? "()" : ""}\``, code(text), prose(shown[0], `${name}.${key}`), links(text)]
      .filter(Boolean)
      .join("\n\n");
  });
}

/** A type as it is written, with its comments: a reader of TypeScript needs no table. */
function typeText(declaration) {
  const text = declaration.getText().replace(/^export /, "");
  return text.replace(/^(declare )/, "");
}

function exportsOf(file) {
  const source = program.getSourceFile(join(root, file));
  return checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, target, declaration: target.declarations?.[0] };
  });
}

/** Types that have a place of their own here. */
const documented = new Set(
  ENTRIES.flatMap(({ file }) => exportsOf(file))
    .filter(({ declaration }) => ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration))
    .map(({ name }) => name),
);
const seen = new Set();
const parts = [];
for (const { file, name } of ENTRIES) {
  const values = [];
  const types = [];
  for (const { name: exported, target, declaration } of exportsOf(file)) {
    if (exported === "default" || seen.has(target)) continue;
    seen.add(target);
    const heading = `## \`${exported}\``;
    if (ts.isClassDeclaration(declaration)) {
      values.push([heading, prose(declaration, exported), ...members(declaration, exported)].join("\n\n"));
    } else if (ts.isInterfaceDeclaration(declaration) && declaration.members.some(ts.isMethodSignature)) {
      values.push([heading, prose(declaration, exported), ...members(declaration, exported)].join("\n\n"));
    } else if (ts.isFunctionDeclaration(declaration)) {
      const text = signature(declaration);
      values.push([heading, code(text), prose(declaration, exported), links(text)].filter(Boolean).join("\n\n"));
    } else if (ts.isVariableDeclaration(declaration)) {
      const statement = declaration.parent.parent;
      const type = checker.typeToString(checker.getTypeAtLocation(declaration));
      values.push([heading, code(`const ${exported}: ${type}`), prose(statement, exported)].join("\n\n"));
    } else {
      types.push({ exported, text: [`### \`${exported}\``, prose(declaration, exported, false), code(typeText(declaration))].filter(Boolean).join("\n\n") });
    }
  }
  types.sort((a, b) => a.exported.localeCompare(b.exported));
  parts.push(`# \`${name}\``, ...values);
  if (types.length > 0) parts.push(`## Types of \`${name}\``, ...types.map(({ text }) => text));
}

if (undocumented.length > 0) {
  console.error(`without a doc comment: ${undocumented.join(", ")}`);
  process.exit(1);
}
const body = parts.join("\n\n");
/** What is called and used, to find it by name; types are found from there. */
const contents = body
  .split("\n")
  .filter((line) => /^#{1,3} `/.test(line) || line.startsWith("## Types"))
  .reduce(
    ({ lines, inTypes }, line) => {
      const [, level, title] = /^(#+) (.*)$/.exec(line) ?? [];
      if (level.length < 3) inTypes = title.startsWith("Types");
      return inTypes && level.length === 3 ? { lines, inTypes } : { lines: [...lines, [level.length, title]], inTypes };
    },
    { lines: [], inTypes: false },
  )
  .lines.map(([level, title], index, all) => {
    // Headings of one text get numbers, as GitHub gives them.
    const anchor = (text) => text.toLowerCase().replace(/[^\w\- ]/g, "").replace(/ /g, "-");
    const before = all.slice(0, index).filter(([, other]) => anchor(other) === anchor(title)).length;
    return `${"  ".repeat(level - 1)}- [${title}](#${anchor(title)}${before > 0 ? `-${before}` : ""})`;
  })
  .join("\n");
const intro = `<!-- Made from the doc comments in sdk/js/src by \`cargo xtask generate\`. Change them, not this. -->

The API of \`@linchpin/connect\`. How to begin is in [the guide](README.md).

${contents}`;
process.stdout.write(`${intro}\n\n${body}\n`);

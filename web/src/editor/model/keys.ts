/** The keys of steps: made from titles, unique in the whole workflow. */
import type { Step } from "../../api/definition.ts";
import { allSteps } from "./steps.ts";

/** A title as a key, before anybody else's is looked at: "Create contact" becomes `create_contact`. */
export function keyOfTitle(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "");
  return plain === "" ? "step" : plain.slice(0, 40);
}

/** A key that no step has yet, those inside others included. */
export function freeKey(title: string, steps: readonly Step[]): string {
  return freeAmong(title, new Set(allSteps(steps).map((step) => step.key)));
}

/** The same, where what is taken is known. */
export function freeAmong(title: string, taken: ReadonlySet<string>): string {
  const base = keyOfTitle(title);
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}_${number}`)) number++;
  return `${base}_${number}`;
}

/** Whether a key was made from the title: then it follows when the title changes. */
export function isMadeFrom(key: string, title: string): boolean {
  const base = keyOfTitle(title);
  return key === base || (key.startsWith(`${base}_`) && /^\d+$/.test(key.slice(base.length + 1)));
}

/** Completion of names that code is known to have: what stands behind a dot, with the type of each. */
import type { CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { Json, JsonObject } from "../api/json.ts";
import { uiText } from "../texts/ui.tsx";

/** What a function is in a scope: how it is called. */
export type Scope = { [name: string]: Json };

export function completeScope(scope: () => Scope): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.matchBefore(/[A-Za-z_$][\w$]*(?:\??\.[\w$]*|\[\d+\])*/);
    if (!before || (before.from === before.to && !context.explicit)) return null;
    const parts = before.text
      .replaceAll("?.", ".")
      .replace(/\[(\d+)\]/g, ".$1")
      .split(".");
    const typed = parts.pop() ?? "";
    const owner = valueIn(scope(), parts);
    if (typeof owner !== "object" || owner === null || Array.isArray(owner)) return null;
    return {
      from: before.to - typed.length,
      options: Object.entries(owner).map(([label, value]) => ({ label, ...described(value) })),
      validFor: /^[\w$]*$/,
    };
  };
}

function valueIn(scope: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = scope;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (typeof value === "object" && value !== null) value = value[part];
    else return undefined;
  }
  return value;
}

/** Texts that end in brackets say how a function is called. */
function described(value: Json): { type: string; detail: string } {
  if (typeof value === "string" && /^\(.*\)$/.test(value)) return { type: "function", detail: value };
  if (Array.isArray(value)) return { type: "variable", detail: uiText.completion.list(value.length) };
  if (value === null) return { type: "variable", detail: "" };
  if (typeof value === "object") return { type: "namespace", detail: uiText.completion.object };
  const text = JSON.stringify(value);
  const short = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return { type: "variable", detail: uiText.completion.value(value, short) };
}

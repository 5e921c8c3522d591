import type { Json } from "../../api/json.ts";

/** A text that is typed where a number or an expression is wanted. */
export function numberOrText(text: string): Json {
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

/** Errors, said so that the reader knows what to do next. */
import { isRecord } from "../../../sdk/js/src/protocol";

/** What went wrong with connecting, and what to do about it. */
export function explain(error: unknown, name: string): string {
  const code = find(error, "code");
  const message = find(error, "message") || find(error, "error");
  const all = `${code} ${message}`.toLowerCase();
  if (/popup_blocked|oauthblocked|popup|pop-up/.test(all)) {
    return `Your browser blocked the ${name} window. Allow pop-ups for this page, then try again.`;
  }
  if (/denied|cancel/.test(all)) {
    return `Access to ${name} was not given. Connect again and allow it on ${name}’s page.`;
  }
  if (/oauth_timeout|timed? ?out/.test(all)) {
    return `The ${name} window was closed before access was given. Connect again to go on.`;
  }
  if (/failed to fetch|network/.test(all)) {
    return "The connection failed. Check that you are online, then try again.";
  }
  const sentence = message.trim().replace(/\.$/, "");
  return sentence
    ? `${name} could not be connected: ${sentence}. Try again.`
    : `${name} could not be connected. Try again.`;
}

/** The word under `key`, in the error or in the answer that it carries, which may itself be JSON text. */
function find(error: unknown, key: string, depth = 0): string {
  if (depth > 3) return "";
  if (typeof error === "string") {
    if (!error.startsWith("{")) return key === "message" ? error : "";
    try {
      return find(JSON.parse(error) as unknown, key, depth + 1);
    } catch {
      return "";
    }
  }
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return key === "code" ? (typeof code === "string" ? code : "") : find(error.message, key, depth + 1);
  }
  if (!isRecord(error)) return "";
  const inner = find(error.errorResponse, key, depth + 1);
  if (inner) return inner;
  const value = error[key];
  return typeof value === "string"
    ? value.startsWith("{")
      ? find(value, key, depth + 1) || value
      : value
    : "";
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    ? `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`
    : "Something went wrong.";
}

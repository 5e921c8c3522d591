/** Errors, said so that the reader knows what to do next. */
import { isRecord } from "../../../sdk/js/src/protocol";
import type { Messages } from "./messages";

/** Whether the browser refused to open the provider's window. */
export function isBlocked(error: unknown): boolean {
  return /popup_blocked|oauthblocked|popup|pop-up/.test(wordsOf(error));
}

function wordsOf(error: unknown): string {
  return `${find(error, "code")} ${find(error, "message") || find(error, "error")}`.toLowerCase();
}

/** What went wrong with connecting, and what to do about it. */
export function explain(error: unknown, name: string, text: Messages): string {
  const all = wordsOf(error);
  if (isBlocked(error)) return text.blocked(name);
  if (/denied|cancel/.test(all)) return text.denied(name);
  if (/oauth_timeout|timed? ?out/.test(all)) return text.closedEarly(name);
  if (/failed to fetch|network/.test(all)) return text.offline;
  if (find(error, "code") === "no_answer") return text.noAnswer;
  const message = find(error, "message") || find(error, "error");
  const sentence = message.trim().replace(/\.$/, "");
  return sentence ? text.failedBecause(name, sentence) : text.failed(name);
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

export function messageOf(error: unknown, text: Messages): string {
  const said = error instanceof Error ? error.message : String(error);
  if (/failed to fetch|networkerror/i.test(said)) return text.offline;
  if (find(error, "code") === "no_answer") return text.noAnswer;
  return said ? `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.$/, "")}.` : text.wrong;
}

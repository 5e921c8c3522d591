/** How the mock answers. */
import type { ErrorBody } from "../src/api/errors.ts";

export interface Answer {
  status: number;
  body?: unknown;
}

// Bodies come from our own pages; the mock does not check more than the pages show.
export type Body = Record<string, unknown>;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const done: Answer = { status: 204 };
export const items = (list: unknown[]): Answer => ok({ items: list, nextCursor: null });

export function refuse(status: number, code: string, message: string, meta: ErrorBody["meta"] = {}): Answer {
  return { status, body: { message, code, status, meta: { requestId: "mock", ...meta } } };
}

export const notFound = refuse(404, "not_found", "there is nothing here");
export const invalid = (fields: Record<string, string>) =>
  refuse(422, "invalid", "some values are not right", { fields });

/** What was read and written in the customer's account, in plain words. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { isRecord } from "../../../sdk/js/src/protocol";
import { string } from "./fields";
import { useText } from "./language";
import type { Messages } from "./messages";
import type { Page } from "./page";
import { messageOf } from "./trouble";
import type { Account, View } from "./view";

interface Entry {
  id: string;
  at: string;
  /** What was done: an action's name, or nothing for a request that a workflow makes itself. */
  action: string;
  /** The action in the connector's own words. */
  title: string;
  /** What it was done to, as far as it has a name. */
  subject: string;
  workflow: string;
  outcome: "done" | "failed" | "doubt";
  reason: string;
}

interface Props {
  page: Page;
  view: View;
  account: Account;
}

export function Activity({ page, view, account }: Props): ReactNode {
  const text = useText();
  const { type } = view;
  const { credentialId } = account;
  const [entries, setEntries] = useState<Entry[]>();
  const [next, setNext] = useState<string>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(true);
  const read = useCallback(
    (before: string | undefined): void => {
      setBusy(true);
      setTrouble(undefined);
      const query = new URLSearchParams({ integration: type, credential: credentialId });
      if (before !== undefined) query.set("before", before);
      page.call("sendConnectRequest", `/sdk/activity?${query}`, { method: "GET" }).then(
        (answer) => {
          const page = isRecord(answer) ? answer : {};
          const found = (Array.isArray(page.items) ? page.items : []).flatMap(toEntry);
          setEntries((present) => (before === undefined ? found : [...(present ?? []), ...found]));
          setNext(string(page.nextCursor) || undefined);
          setBusy(false);
        },
        (error: unknown) => {
          setTrouble(messageOf(error, text));
          setBusy(false);
        },
      );
    },
    [page, type, credentialId, text],
  );
  useEffect(() => read(undefined), [read]);

  return (
    <section className="section" aria-busy={busy}>
      <p className="muted">{text.activityLead(view.name)}</p>
      {entries?.length === 0 && next === undefined && !trouble && <p>{text.activityNone}</p>}
      <ol className="activity">
        {entries?.map((entry) => (
          <li key={entry.id} className={entry.outcome}>
            <span className="mark" aria-hidden="true" />
            <div>
              <p>{sentence(entry, text)}</p>
              {entry.reason && entry.outcome !== "done" && (
                <p className="muted">{messageOf(entry.reason, text)}</p>
              )}
              <p className="muted hint">
                <time dateTime={entry.at} title={exact(entry.at, view.language)}>
                  {ago(entry.at, view.language)}
                </time>
                {entry.workflow && ` · ${text.activityFor(entry.workflow)}`}
                {entry.action === "" && ` · ${entry.title}`}
              </p>
            </div>
          </li>
        ))}
      </ol>
      {!entries && busy && <p className="muted">{text.loading}</p>}
      {next !== undefined && !trouble && (
        <button type="button" className="button small" disabled={busy} onClick={() => read(next)}>
          {busy ? text.loading : text.more}
        </button>
      )}
      {trouble && (
        <p className="error" role="alert">
          {trouble}{" "}
          <button type="button" className="link" onClick={() => read(entries ? next : undefined)}>
            {text.again}
          </button>
        </p>
      )}
    </section>
  );
}

function toEntry(entry: unknown): Entry[] {
  if (!isRecord(entry) || string(entry.at) === "") return [];
  const outcome = entry.outcome === "failed" || entry.outcome === "doubt" ? entry.outcome : "done";
  return [
    {
      id: string(entry.id),
      at: string(entry.at),
      action: string(entry.action),
      title: string(entry.title),
      subject: string(entry.subject),
      workflow: string(entry.workflow),
      outcome,
      reason: string(entry.reason),
    },
  ];
}

/** "Created a contact: ann@acme.com". Of what has no words here, the connector's own are said. */
function sentence(entry: Entry, text: Messages): string {
  const [resource = "", verb = ""] = entry.action.split(".");
  const things = Object.hasOwn(text.things, resource) ? text.things[resource] : undefined;
  const say = Object.hasOwn(text.verbs, verb) ? text.verbs[verb as keyof Messages["verbs"]] : undefined;
  const thing = verb === "list" || verb === "search" ? things?.[1] : things?.[0];
  const named = (what: string): string => (entry.subject === "" ? what : `${what}: ${entry.subject}`);
  if (say && thing) return named(say[entry.outcome](thing));
  const asked = entry.action === "" ? requested(entry.title, text) : undefined;
  if (asked) return text.verbs[asked.verb][entry.outcome](asked.thing);
  const what = named(entry.action === "" ? text.activityCall(entry.title) : entry.title);
  if (entry.outcome === "done") return what;
  return entry.outcome === "failed" ? text.activityFailed(what) : text.activityDoubt(what);
}

const METHODS: Record<string, keyof Messages["verbs"]> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "update",
  DELETE: "delete",
};

/** What a request does, as far as its method and path say so: a known kind of thing, and perhaps which. */
function requested(
  title: string,
  text: Messages,
): { verb: keyof Messages["verbs"]; thing: string } | undefined {
  const [method = "", path = ""] = title.split(" ");
  const segments = path.split("/").filter((segment) => segment !== "");
  const at = segments.findLastIndex((segment) => Object.hasOwn(text.things, segment));
  const things = text.things[segments[at] ?? ""];
  const verb = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  const rest = segments.slice(at + 1);
  if (!things || !verb) return undefined;
  const [one, several] = things;
  if (rest.length === 0) return method === "GET" ? { verb, thing: several } : { verb, thing: one };
  if (rest.length > 1) return undefined;
  if (rest[0] === "search") return { verb: "search", thing: several };
  // What has a digit in it is an id; another word may mean anything.
  return method !== "POST" && /\d/.test(rest[0] ?? "") ? { verb, thing: one } : undefined;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

function ago(at: string, language: string): string {
  const elapsed = Date.now() - Date.parse(at);
  if (!Number.isFinite(elapsed)) return at;
  if (elapsed > 7 * 86_400_000) return new Date(at).toLocaleDateString(language, { dateStyle: "medium" });
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, length] = STEPS.find(([, ms]) => elapsed >= ms) ?? ["second", 1000];
  return format.format(-Math.max(0, Math.floor(elapsed / length)), unit);
}

function exact(at: string, language: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime())
    ? at
    : date.toLocaleString(language, { dateStyle: "full", timeStyle: "medium" });
}

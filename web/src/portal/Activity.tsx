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
  by: "workflow" | "tool" | "request";
  outcome: "done" | "failed" | "doubt";
  reason: string;
  /** What the provider answered, where no more is known of why it failed. */
  status: number | undefined;
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
              <p>{sentence(entry, view.name, text)}</p>
              {entry.reason && entry.outcome !== "done" && (
                <p className="muted">{because(entry, view.name, text)}</p>
              )}
              <p className="muted hint">
                <time dateTime={entry.at} title={exact(entry.at, view.language)}>
                  {ago(entry.at, view.language)}
                </time>
                {entry.by !== "workflow" && ` · ${text.activityBy[entry.by]}`}
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
      by: entry.by === "tool" || entry.by === "request" ? entry.by : "workflow",
      outcome,
      reason: string(entry.reason),
      status: typeof entry.status === "number" ? entry.status : undefined,
    },
  ];
}

/** "Created a contact: ann@acme.com". Of what has no words here, the connector's own are said. */
function sentence(entry: Entry, provider: string, text: Messages): string {
  const [resource = "", verb = ""] = entry.action.split(".");
  const things = Object.hasOwn(text.things, resource) ? text.things[resource] : undefined;
  const say = Object.hasOwn(text.verbs, verb) ? text.verbs[verb as keyof Messages["verbs"]] : undefined;
  const thing = verb === "list" || verb === "search" ? things?.[1] : things?.[0];
  const named = (what: string): string => (entry.subject === "" ? what : `${what}: ${entry.subject}`);
  if (say && thing) return named(say[entry.outcome](thing));
  if (entry.action === "") {
    const { verb, thing } = requested(entry.title, text) ?? {
      verb: /^(GET|HEAD) /.test(entry.title) ? "ask" : "send",
      thing: provider,
    };
    return text.verbs[verb][entry.outcome](thing);
  }
  const what = named(entry.title);
  if (entry.outcome === "done") return what;
  return entry.outcome === "failed" ? text.activityFailed(what) : text.activityDoubt(what);
}

/** Why it failed. Of a request that was refused only the number is known, which says little to a customer. */
function because({ reason, status }: Entry, provider: string, text: Messages): string {
  if (status === undefined) return messageOf(reason, text);
  const { missing, forbidden, busy, broken, refused } = text.activityAnswers;
  if (status === 404 || status === 410) return missing(provider);
  if (status === 401 || status === 403) return forbidden(provider);
  if (status === 429) return busy(provider);
  return status >= 500 ? broken(provider) : refused(provider);
}

const METHODS: Record<string, keyof Messages["verbs"]> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "update",
  DELETE: "delete",
};

/** What a batch is called, where many are done at once. */
const BATCHES: Record<string, keyof Messages["verbs"]> = {
  read: "get",
  create: "create",
  update: "update",
  upsert: "upsert",
  archive: "delete",
};

/** Kinds of things that belong to the records named beside them in a path. */
const OF_RECORDS = ["associations", "properties", "pipelines"];

/** What a request does, as far as its method and path say so: a known kind of thing, and perhaps which. */
function requested(
  title: string,
  text: Messages,
): { verb: keyof Messages["verbs"]; thing: string } | undefined {
  const [method = "", path = ""] = title.split(" ");
  const segments = path.split("/").filter((segment) => segment !== "");
  const verb = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!verb) return undefined;
  const belonging = OF_RECORDS.find((name) => segments.includes(name));
  if (belonging) {
    const [one, several] = text.things[belonging] ?? ["", ""];
    // A link is made by PUT, too. What of a batch, or of a part, is meant is not looked into.
    if (segments.includes("batch") || segments.includes("stages")) return undefined;
    if (belonging === "associations")
      return { verb: verb === "update" ? "create" : verb, thing: method === "GET" ? several : one };
    const rest = segments.slice(segments.indexOf(belonging) + 1);
    // The first word after it says of which records, the second which one.
    return { verb, thing: method === "GET" && rest.length < 2 ? several : one };
  }
  const at = segments.findLastIndex((segment) => Object.hasOwn(text.things, segment));
  const things = text.things[segments[at] ?? ""];
  if (!things) return undefined;
  const [one, several] = things;
  const rest = segments.slice(at + 1);
  if (rest.length === 0) return method === "GET" ? { verb, thing: several } : { verb, thing: one };
  if (rest[0] === "batch" && rest.length === 2) {
    const many = Object.hasOwn(BATCHES, rest[1] ?? "") ? BATCHES[rest[1] ?? ""] : undefined;
    return many && { verb: many, thing: several };
  }
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

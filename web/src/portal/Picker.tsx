/** A choice from a long list: typed to search, read page by page, worked by keyboard as by pointer. */
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { ChevronIcon, CloseIcon } from "./elements";
import { useText } from "./language";
import type { Choice, Choices } from "./options";
import { messageOf } from "./trouble";

const TYPING_PAUSE_MS = 250;
/** How far into a long list what was chosen before is looked for, to show what it is called. */
const PAGES_LOOKED_THROUGH = 10;

interface Props {
  id: string;
  /** Says what is chosen, where no label element does. */
  label?: string | undefined;
  title: string;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
  value: string;
  placeholder?: string | undefined;
  disabled?: boolean | undefined;
  clearable?: boolean | undefined;
  /** A page of the list. It changes when the list does. */
  load: (cursor: string | null, search: string) => Promise<Choices>;
  onChange: (value: string) => void;
  onBlur?: (() => void) | undefined;
}

export function Picker(props: Props): ReactNode {
  const { id, title, value, load, onChange } = props;
  const text = useText();
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const list = useList(load, typed);
  const [chosen, setChosen] = useState<Choice>();
  const known = list.entries.find((entry) => entry.value === value) ?? list.all.get(value);
  const found = useFound(load, value, known ? undefined : list.rest);
  const shown =
    value === "" ? "" : (known?.label ?? (chosen?.value === value ? chosen.label : (found ?? value)));
  // Where the list could not be read, what is said of it stands in its place.
  const listed = open && !(list.trouble && list.entries.length === 0);
  const input = useRef<HTMLInputElement>(null);
  const popup = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (open) popup.current?.scrollIntoView?.({ block: "nearest" });
  }, [open]);
  useEffect(() => {
    if (open) document.getElementById(`${listId}-${active}`)?.scrollIntoView?.({ block: "nearest" });
  }, [open, active, listId]);

  const show = (): void => {
    if (open || props.disabled) return;
    setOpen(true);
    setActive(
      Math.max(
        0,
        list.entries.findIndex((entry) => entry.value === value),
      ),
    );
  };
  const hide = (): void => {
    setOpen(false);
    setTyped("");
  };
  const choose = (entry: Choice): void => {
    setChosen(entry);
    hide();
    if (entry.value !== value) onChange(entry.value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) show();
      else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
      else if (active + 1 < list.entries.length) setActive(active + 1);
      else list.more?.();
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const entry = list.entries[active];
      if (entry) choose(entry);
    } else if (event.key === "Escape" && open) {
      // The list closes; the portal stays.
      event.preventDefault();
      hide();
    }
  };

  return (
    <div className="picker">
      <input
        ref={input}
        id={id}
        className="input"
        role="combobox"
        type="text"
        aria-label={props.label}
        aria-describedby={props.describedBy}
        aria-invalid={props.invalid}
        aria-expanded={listed}
        aria-autocomplete="list"
        aria-controls={open && list.entries.length > 0 ? listId : undefined}
        aria-activedescendant={open && list.entries.length > 0 ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        disabled={props.disabled}
        placeholder={open ? shown || text.search : props.placeholder || text.choose}
        value={open ? typed : shown}
        onClick={show}
        onChange={(event) => {
          setOpen(true);
          setActive(0);
          setTyped(event.target.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          hide();
          props.onBlur?.();
        }}
      />
      {props.clearable && value !== "" && !props.disabled && (
        <button
          type="button"
          className="picker-clear"
          aria-label={text.clear(title)}
          onClick={() => {
            onChange("");
            input.current?.focus();
          }}
        >
          <CloseIcon />
        </button>
      )}
      <span className="picker-mark" aria-hidden="true">
        <ChevronIcon />
      </span>
      {listed && (
        // The pointer must not take the focus from the field, which would close the list under it.
        // biome-ignore lint/a11y/noStaticElementInteractions: it is no control, it only leaves the focus where it is
        <div className="picker-popup" ref={popup} onMouseDown={(event) => event.preventDefault()}>
          {list.entries.length > 0 && (
            <div role="listbox" id={listId} aria-label={title} tabIndex={-1}>
              {list.entries.map((entry, index) => (
                <div
                  key={entry.value}
                  id={`${listId}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={entry.value === value}
                  className={index === active ? "option active" : "option"}
                  onMouseMove={() => setActive(index)}
                  onClick={() => choose(entry)}
                  onKeyDown={onKeyDown}
                >
                  <span>{entry.label}</span>
                  {entry.subtitle && <span className="muted">{entry.subtitle}</span>}
                </div>
              ))}
            </div>
          )}
          <p role="status" className="muted note">
            {list.busy ? text.loading : list.entries.length === 0 && !list.trouble ? text.nothingFound : ""}
          </p>
          {list.more && (
            <button type="button" className="link note" tabIndex={-1} onClick={list.more}>
              {text.more}
            </button>
          )}
        </div>
      )}
      {list.trouble && (
        <p className="error" role="alert">
          {list.trouble}{" "}
          <button type="button" className="link" onClick={list.retry}>
            {text.again}
          </button>
        </p>
      )}
    </div>
  );
}

interface List {
  entries: Choice[];
  /** All that was ever read, to know the label of what was chosen. */
  all: Map<string, Choice>;
  busy: boolean;
  trouble: string | undefined;
  /** Where the whole list goes on, once its beginning was read. */
  rest: string | undefined;
  more: (() => void) | undefined;
  retry: () => void;
}

/** The entries for what is typed. */
function useList(load: Props["load"], typed: string): List {
  const text = useText();
  const [read, setRead] = useState<{ entries: Choice[]; next: string | null }>({ entries: [], next: null });
  const [busy, setBusy] = useState(true);
  const [trouble, setTrouble] = useState<string>();
  const all = useRef(new Map<string, Choice>());
  // An answer that comes after a later question is dropped.
  const question = useRef(0);

  const ask = useCallback(
    (cursor: string | null, search: string): void => {
      question.current += 1;
      const mine = question.current;
      setBusy(true);
      setTrouble(undefined);
      load(cursor, search).then(
        ({ entries, next }) => {
          if (mine !== question.current) return;
          for (const entry of entries) all.current.set(entry.value, entry);
          setRead((before) => ({
            entries: cursor === null ? entries : [...before.entries, ...entries],
            next,
          }));
          setBusy(false);
        },
        (error: unknown) => {
          if (mine !== question.current) return;
          setTrouble(messageOf(error, text));
          setBusy(false);
        },
      );
    },
    [load, text],
  );
  const first = useRef(true);
  useEffect(() => {
    if (first.current || typed === "") {
      first.current = false;
      ask(null, typed);
      return undefined;
    }
    const timer = setTimeout(() => ask(null, typed), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [ask, typed]);

  const { entries, next } = read;
  return {
    entries,
    all: all.current,
    busy,
    trouble,
    rest: typed === "" && !busy && next !== null ? next : undefined,
    more: next !== null && !busy ? () => ask(next, typed) : undefined,
    retry: () => ask(entries.length > 0 ? next : null, typed),
  };
}

/** What a value is called that stands further down in the list than was read: nobody knows it by its id. */
function useFound(load: Props["load"], value: string, rest: string | undefined): string | undefined {
  const [found, setFound] = useState<Choice>();
  const wanted = value !== "" && found?.value !== value;
  useEffect(() => {
    if (!wanted || rest === undefined) return undefined;
    let stopped = false;
    const look = async (): Promise<void> => {
      let cursor: string | null = rest;
      for (let page = 0; page < PAGES_LOOKED_THROUGH && cursor !== null && !stopped; page += 1) {
        const { entries, next }: Choices = await load(cursor, "");
        const entry = entries.find((each) => each.value === value);
        if (entry && !stopped) return setFound(entry);
        cursor = next;
      }
    };
    // Its id is shown then, as if it were in no list.
    look().catch(() => {});
    return () => {
      stopped = true;
    };
  }, [load, value, wanted, rest]);
  return found?.value === value ? found.label : undefined;
}

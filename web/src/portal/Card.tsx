/** The card: header, trouble, the two tabs, footer. */
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import type { UiUpdate } from "../../../sdk/js/src/protocol";
import { Configuration } from "./Configuration";
import { Disconnect } from "./Disconnect";
import { CloseIcon, Notice } from "./elements";
import { Overview } from "./Overview";
import type { Page } from "./page";
import { useConnecting } from "./useConnecting";
import type { View } from "./view";

type Tab = "overview" | "configuration";

interface Props {
  page: Page;
  view: View;
  snapshot: UiUpdate | undefined;
  onClose: () => void;
}

export function Card({ page, view, snapshot, onClose }: Props): ReactNode {
  const ids = useId();
  const backdrop = useRef<HTMLDivElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const connecting = useConnecting(page, view);
  const { account, name } = view;
  const [chosen, setChosen] = useState<Tab | undefined>(view.tab);
  const hasAccount = account !== undefined;
  const tab: Tab = hasAccount ? (chosen ?? "configuration") : "overview";

  useEffect(() => {
    window.focus();
    card.current?.focus();
  }, []);
  useLeaving(backdrop, onClose);

  return (
    <div className="backdrop" ref={backdrop}>
      <div
        ref={card}
        className="card"
        role="dialog"
        aria-modal="true"
        aria-labelledby={`${ids}-title`}
        tabIndex={-1}
        onKeyDown={(event) => keepFocus(event, card.current)}
      >
        <header className="header">
          <Icon src={view.icon} name={name} />
          <h2 id={`${ids}-title`} className="title">
            {name}
          </h2>
          <button type="button" className="close" aria-label="Close" onClick={onClose}>
            <CloseIcon />
          </button>
        </header>

        {hasAccount && <Tabs ids={ids} tab={tab} onChoose={setChosen} />}

        <div
          className="body"
          {...(hasAccount
            ? { role: "tabpanel", id: `${ids}-panel`, "aria-labelledby": `${ids}-${tab}`, tabIndex: 0 }
            : {})}
        >
          {account && !account.valid && !connecting.waiting && (
            <Notice
              action={{ label: `Reconnect ${name}`, onClick: () => connecting.start() }}
              text={
                connecting.trouble ??
                `${name} no longer accepts this connection, so nothing is being synced. Reconnect to go on; your settings are kept.`
              }
            />
          )}
          {account?.valid && connecting.trouble && <Notice text={connecting.trouble} />}
          {tab === "overview" ? (
            <Overview page={page} view={view} snapshot={snapshot} connecting={connecting} />
          ) : (
            account && <Configuration page={page} view={view} account={account} connecting={connecting} />
          )}
        </div>

        {account && (
          <footer className="footer">
            <Disconnect page={page} view={view} account={account} />
          </footer>
        )}
      </div>
    </div>
  );
}

function Icon({ src, name }: { src: string; name: string }): ReactNode {
  const [failed, setFailed] = useState(false);
  return failed ? (
    <span className="icon letter" aria-hidden="true">
      {name.charAt(0)}
    </span>
  ) : (
    <img className="icon" src={src} alt="" onError={() => setFailed(true)} />
  );
}

const TABS: readonly { id: Tab; label: string }[] = [
  { id: "overview", label: "Overview" },
  { id: "configuration", label: "Configuration" },
];

function Tabs({ ids, tab, onChoose }: { ids: string; tab: Tab; onChoose: (tab: Tab) => void }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const next = tab === "overview" ? "configuration" : "overview";
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Pages" ref={list} onKeyDown={step}>
      {TABS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`${ids}-${id}`}
          data-tab={id}
          className="tab"
          aria-selected={tab === id}
          aria-controls={`${ids}-panel`}
          tabIndex={tab === id ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/** Esc, or a press on the dimmed page, closes. */
function useLeaving(backdrop: RefObject<HTMLElement | null>, onClose: () => void): void {
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented) latest.current();
    };
    const press = (event: MouseEvent): void => {
      if (event.target === backdrop.current) latest.current();
    };
    window.addEventListener("keydown", listen);
    window.addEventListener("mousedown", press);
    return () => {
      window.removeEventListener("keydown", listen);
      window.removeEventListener("mousedown", press);
    };
  }, [backdrop]);
}

/** The page behind is covered: the focus stays in the card. */
function keepFocus(event: KeyboardEvent, card: HTMLElement | null): void {
  if (event.key !== "Tab" || !card) return;
  const all = [
    ...card.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]'),
  ].filter((element) => !element.hasAttribute("disabled") && element.tabIndex >= 0);
  const first = all[0];
  const last = all.at(-1);
  if (!first || !last) return;
  const { activeElement } = document;
  if (event.shiftKey && (activeElement === first || activeElement === card)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

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
import { AccountTrouble } from "./Accounts";
import { Activity } from "./Activity";
import { Configuration } from "./Configuration";
import { Disconnect } from "./Disconnect";
import { CloseIcon } from "./elements";
import { useText } from "./language";
import { Overview } from "./Overview";
import type { Page } from "./page";
import { useConnecting } from "./useConnecting";
import { asks, type Choice, type View } from "./view";

const TABS = ["overview", "configuration", "activity"] as const;
type Tab = (typeof TABS)[number];

interface Props {
  page: Page;
  view: View;
  onChoose: (choice: Choice) => void;
  onClose: () => void;
}

export function Card({ page, view, onChoose, onClose }: Props): ReactNode {
  const text = useText();
  const ids = useId();
  const backdrop = useRef<HTMLDivElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const [adding, setAdding] = useState(false);
  const connecting = useConnecting(page, view, (credentialId) => {
    onChoose({ credentialId });
    toUses();
  });
  const { account, name, preview } = view;
  const [chosen, setChosen] = useState<Tab | undefined>(view.tab);
  const toUses = (): void => {
    setAdding(false);
    setChosen("configuration");
  };
  const toForm = (add: boolean): void => {
    setAdding(add);
    setChosen("overview");
  };
  const hasAccount = account !== undefined;
  const tab: Tab = hasAccount ? (chosen ?? "configuration") : "overview";

  useEffect(() => {
    // Beside the developer's form the focus stays there.
    if (preview) return;
    window.focus();
    card.current?.focus();
  }, [preview]);
  useLeaving(backdrop, preview ? () => {} : onClose);

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
          <button type="button" className="close" aria-label={text.close} onClick={onClose}>
            <CloseIcon />
          </button>
        </header>

        {hasAccount && (
          <Tabs
            ids={ids}
            tab={tab}
            onChoose={(next) => {
              setAdding(false);
              setChosen(next);
            }}
          />
        )}

        <div
          className="body"
          {...(hasAccount
            ? { role: "tabpanel", id: `${ids}-panel`, "aria-labelledby": `${ids}-${tab}`, tabIndex: 0 }
            : {})}
        >
          {account && (
            <AccountTrouble
              view={view}
              account={account}
              connecting={connecting}
              onForm={() => toForm(false)}
            />
          )}
          {(!account || tab === "overview") && (
            <Overview page={page} view={view} connecting={connecting} adding={adding} onDone={toUses} />
          )}
          {account && tab === "configuration" && (
            <Configuration
              page={page}
              view={view}
              account={account}
              connecting={connecting}
              onChoose={onChoose}
              onAdd={() => (asks(view.ways) ? toForm(true) : connecting.add())}
            />
          )}
          {account && tab === "activity" && (
            <Activity key={account.credentialId} page={page} view={view} account={account} />
          )}
        </div>

        {(account || view.branding) && (
          <footer className="footer">
            {account && <Disconnect key={account.credentialId} page={page} view={view} account={account} />}
            {view.branding && <p className="branding">{text.poweredBy}</p>}
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

function Tabs({ ids, tab, onChoose }: { ids: string; tab: Tab; onChoose: (tab: Tab) => void }): ReactNode {
  const text = useText();
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const by = event.key === "ArrowRight" ? 1 : TABS.length - 1;
    const next = TABS[(TABS.indexOf(tab) + by) % TABS.length] ?? tab;
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={text.pages} ref={list} onKeyDown={step}>
      {TABS.map((id) => (
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
          {text[id]}
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

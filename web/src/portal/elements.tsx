/** The few building blocks of the portal's screens. */
import { createContext, type ReactNode } from "react";

/** The provider's name, for labels deep inside a form. */
export const ProviderName = createContext("");

/** Trouble, in amber, with the button that mends it. */
export function Notice({
  text,
  list,
  link,
  action,
}: {
  text: string;
  list?: { title: string; items: string[] } | undefined;
  link?: { label: string; href: string } | undefined;
  action?: { label: string; onClick: () => void };
}): ReactNode {
  return (
    <div className="notice" role="alert">
      <WarningIcon />
      <div className="notice-text">
        <p>{text}</p>
        {list && (
          <>
            <p>{list.title}</p>
            <ul>
              {list.items.map((item) => (
                <li key={item}>{item}</li>
              ))}
            </ul>
          </>
        )}
      </div>
      {link && (
        // The whole tab goes there, and comes back.
        <a className="button small" href={link.href} target="_top" rel="noopener">
          {link.label}
        </a>
      )}
      {action && (
        <button type="button" className="button small" onClick={action.onClick}>
          {action.label}
        </button>
      )}
    </div>
  );
}

/** A switch. It is named by what it switches. */
export function Switch({
  id,
  label,
  describedBy,
  checked,
  busy = false,
  disabled = false,
  onChange,
}: {
  id?: string | undefined;
  label?: string | undefined;
  describedBy?: string | undefined;
  checked: boolean;
  busy?: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}): ReactNode {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      id={id}
      aria-label={label}
      aria-describedby={describedBy}
      aria-checked={checked}
      aria-busy={busy}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span className="knob" />
    </button>
  );
}

export function CloseIcon(): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d="M5 5l10 10M15 5L5 15" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
    </svg>
  );
}

export function ChevronIcon(): ReactNode {
  return (
    <svg className="chevron" viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
      <path
        d="M6 8l4 4 4-4"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function CheckIcon(): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
      <path
        d="M4.5 10.5l3.5 3.5 7.5-8"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function WarningIcon(): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path
        d="M10 3.2l7.4 13.1H2.6z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <path d="M10 8.2v3.6M10 14.1v.1" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}

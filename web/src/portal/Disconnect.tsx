import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { join } from "./Accounts";
import { useText } from "./language";
import type { Page } from "./page";
import { messageOf } from "./trouble";
import type { Account, View } from "./view";

interface Props {
  page: Page;
  view: View;
  account: Account;
}

/** Disconnecting asks first, and says what stops. */
export function Disconnect({ page, view, account }: Props): ReactNode {
  const text = useText();
  const id = useId();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const keep = useRef<HTMLButtonElement>(null);
  const running = view.workflows.filter(({ enabled }) => enabled).map(({ name }) => name);

  useEffect(() => {
    if (asking) keep.current?.focus();
  }, [asking]);

  if (!asking) {
    return (
      <button type="button" className="button quiet danger" onClick={() => setAsking(true)}>
        {text.disconnect}
      </button>
    );
  }
  const disconnect = (): void => {
    setBusy(true);
    setRefusal(undefined);
    page.call("uninstallIntegration", view.type, { selectedCredentialId: account.credentialId }).then(
      () => setAsking(false),
      (error: unknown) => {
        setBusy(false);
        setRefusal(messageOf(error, text));
      },
    );
  };
  return (
    <div
      className="question"
      role="alertdialog"
      aria-labelledby={`${id}-ask`}
      aria-describedby={`${id}-what`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        setAsking(false);
      }}
    >
      <p id={`${id}-ask`} className="strong">
        {text.disconnectAsk(view.name)}
      </p>
      <p id={`${id}-what`} className="muted">
        {running.length > 0
          ? text.disconnectStops(join(running, text), view.name)
          : text.disconnectNothing(view.name)}
      </p>
      {refusal && (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
      <div className="buttons">
        <button ref={keep} type="button" className="button quiet" onClick={() => setAsking(false)}>
          {text.keepConnected}
        </button>
        <button
          type="button"
          className="button danger-filled"
          aria-busy={busy}
          disabled={busy}
          onClick={disconnect}
        >
          {busy ? text.disconnecting : text.disconnect}
        </button>
      </div>
    </div>
  );
}

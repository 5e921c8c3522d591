import { useEffect, useState } from "react";
import type { Page } from "./page";
import { explain } from "./trouble";
import type { View } from "./view";

export interface Connecting {
  /** The provider's window is (or was) open, and we wait for the account. */
  waiting: boolean;
  /** Why it did not work. */
  trouble: string | undefined;
  start: (values?: Record<string, unknown>) => void;
  cancel: () => void;
}

/** The way from a click on "Connect" to an account, as far as the portal sees it. */
export function useConnecting(page: Page, view: View): Connecting {
  const [waiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const { account, connectionError, name } = view;

  // The snapshot is rebuilt for every message, so an error that is shown again is a new one only if it changed
  // meanwhile: the page clears the former at each start.
  const errorKey =
    connectionError === undefined || connectionError === null ? "" : explain(connectionError, name);
  useEffect(() => {
    if (errorKey === "") return;
    setTrouble(errorKey);
    setWaiting(false);
  }, [errorKey]);

  const connected = account?.valid === true ? account.credentialId : undefined;
  useEffect(() => {
    if (connected === undefined) return;
    setWaiting(false);
    setTrouble(undefined);
  }, [connected]);

  return {
    waiting,
    trouble,
    start(values) {
      setTrouble(undefined);
      setWaiting(true);
      // Connecting again keeps the account's id, settings and workflows; a label belongs to a new account only.
      const { externalId, ...rest } = view.install;
      const options = account
        ? { ...rest, selectedCredentialId: account.credentialId }
        : { ...rest, ...(externalId === undefined ? {} : { externalId }) };
      page.tell("setModalState", { connectionError: undefined });
      page
        .call("startOAuthFlow", view.type, {
          ...options,
          ...(values ? { endUserSuppliedValues: values } : {}),
        })
        .catch((error: unknown) => {
          setWaiting(false);
          setTrouble(explain(error, name));
        });
    },
    cancel() {
      setWaiting(false);
    },
  };
}

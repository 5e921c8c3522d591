import { useEffect, useRef, useState } from "react";
import { isRecord } from "../../../sdk/js/src/protocol";
import { useText } from "./language";
import type { Page } from "./page";
import { explain, isBlocked } from "./trouble";
import type { View } from "./view";

export interface Connecting {
  /** The provider's window is (or was) open, and we wait for the account. */
  waiting: boolean;
  /** Why it did not work. */
  trouble: string | undefined;
  /** Where the whole page can go instead, once a window was refused. */
  redirect: string | undefined;
  start: (values?: Record<string, unknown>) => void;
  /** Connects a further account. */
  add: () => void;
  cancel: () => void;
}

/** The way from a click on "Connect" to an account, as far as the portal sees it. */
export function useConnecting(page: Page, view: View, onAdded: (credentialId: string) => void): Connecting {
  const text = useText();
  const [waiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const [redirect, setRedirect] = useState<string>();
  /** The accounts that were there when another one was asked for. */
  const before = useRef<Set<string>>(undefined);
  const { account, accounts, connectionError, name } = view;

  const refused = (error: unknown): void => {
    setWaiting(false);
    setTrouble(explain(error, name, text));
    if (!isBlocked(error)) return;
    linkOf(page, view).then(setRedirect, () => {});
  };
  const latest = useRef(refused);
  latest.current = refused;

  // The snapshot is rebuilt for every message, so an error that is shown again is a new one only if it changed
  // meanwhile: the page clears the former at each start.
  const errorKey =
    connectionError === undefined || connectionError === null ? "" : explain(connectionError, name, text);
  const error = useRef(connectionError);
  error.current = connectionError;
  useEffect(() => {
    if (errorKey !== "") latest.current(error.current);
  }, [errorKey]);

  const connected = account?.status === "VALID" ? account.stamp : undefined;
  useEffect(() => {
    if (connected === undefined || before.current) return;
    setWaiting(false);
    setTrouble(undefined);
    setRedirect(undefined);
  }, [connected]);

  const added = before.current && accounts.find(({ credentialId }) => !before.current?.has(credentialId));
  const addedId = added?.credentialId;
  const tell = useRef(onAdded);
  tell.current = onAdded;
  useEffect(() => {
    if (addedId === undefined) return;
    before.current = undefined;
    setWaiting(false);
    setTrouble(undefined);
    tell.current(addedId);
  }, [addedId]);

  const open = (options: Record<string, unknown>): void => {
    setTrouble(undefined);
    setRedirect(undefined);
    setWaiting(true);
    if (view.redirect) {
      linkOf(page, view, options.allowMultipleCredentials === true).then(
        (link) => (link === undefined ? latest.current(new Error("")) : window.open(link, "_top")),
        (failure: unknown) => latest.current(failure),
      );
      return;
    }
    page.tell("setModalState", { connectionError: undefined });
    page.call("startOAuthFlow", view.type, options).catch((failure: unknown) => latest.current(failure));
  };

  return {
    waiting,
    trouble,
    redirect,
    start(values) {
      // What adds an account is begun again as that.
      if (before.current && waiting) open(addition(view));
      else {
        before.current = undefined;
        // Connecting again keeps the account's id, settings and workflows; a label belongs to a new account only.
        const { externalId, ...rest } = view.install;
        const options = account
          ? { ...rest, selectedCredentialId: account.credentialId }
          : { ...rest, ...(externalId === undefined ? {} : { externalId }) };
        open({ ...options, ...(values ? { endUserSuppliedValues: values } : {}) });
      }
    },
    add() {
      before.current = new Set(accounts.map(({ credentialId }) => credentialId));
      open(addition(view));
    },
    cancel() {
      before.current = undefined;
      setWaiting(false);
    },
  };
}

function addition(view: View): Record<string, unknown> {
  const { selectedCredentialId: _, externalId: __, ...rest } = view.install;
  return { ...rest, allowMultipleCredentials: true };
}

/** A page of the server's own that the whole tab can go to and come back from. */
async function linkOf(page: Page, view: View, adding = false): Promise<string | undefined> {
  const answer = await page.call("sendConnectRequest", "/sdk/connect-links", {
    method: "POST",
    body: JSON.stringify({
      integrationId: view.integrationId,
      returnUrl: page.address(),
      ...(adding
        ? { allowMultipleCredentials: true }
        : view.account
          ? { selectedCredentialId: view.account.credentialId }
          : {}),
    }),
  });
  const url = isRecord(answer) && typeof answer.url === "string" ? answer.url : "";
  // It comes from our own server by way of the page, which could put anything there.
  return URL.canParse(url) && new URL(url).origin === window.location.origin ? url : undefined;
}

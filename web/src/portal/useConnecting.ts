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
  /** Begins, with what was asked first and by which of several ways. */
  start: (values?: Record<string, unknown>, way?: string) => void;
  /** Opens the window again, for the same. */
  again: () => void;
  /** Connects a further account. */
  add: (values?: Record<string, unknown>, way?: string) => void;
  /** A further account is about to come by a form. */
  expect: () => void;
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
    linkOf(page, view, latestOptions.current).then(setRedirect, () => {});
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

  const latestOptions = useRef<Record<string, unknown>>({});
  const open = (options: Record<string, unknown>): void => {
    latestOptions.current = options;
    setTrouble(undefined);
    setRedirect(undefined);
    setWaiting(true);
    if (view.redirect) {
      linkOf(page, view, options).then(
        (link) => (link === undefined ? latest.current(new Error("")) : window.open(link, "_top")),
        (failure: unknown) => latest.current(failure),
      );
      return;
    }
    page.tell("setModalState", { connectionError: undefined });
    // The known SDK opens no window where something was asked first, unless it is told that its page asked.
    const known =
      page.snapshot()?.protocolVersion === undefined && options.endUserSuppliedValues !== undefined;
    if (known) page.tellKnown("setHeadless", true);
    page
      .call("startOAuthFlow", view.type, options)
      .catch((failure: unknown) => latest.current(failure))
      // A message that is sent while the window opens may not arrive.
      .finally(() => known && page.tellKnown("setHeadless", false));
  };
  const present = (): Set<string> => new Set(accounts.map(({ credentialId }) => credentialId));

  return {
    waiting,
    trouble,
    redirect,
    start(values, way) {
      before.current = undefined;
      // Connecting again keeps the account's id, settings and workflows; a label belongs to a new account only.
      const { externalId, ...rest } = view.install;
      const options = account
        ? { ...rest, selectedCredentialId: account.credentialId }
        : { ...rest, ...(externalId === undefined ? {} : { externalId }) };
      open({ ...options, ...asked(values, way) });
    },
    again: () => open(latestOptions.current),
    add(values, way) {
      before.current = present();
      open({ ...addition(view), ...asked(values, way) });
    },
    expect() {
      before.current = present();
    },
    cancel() {
      before.current = undefined;
      setWaiting(false);
    },
  };
}

function asked(
  values: Record<string, unknown> | undefined,
  way: string | undefined,
): Record<string, unknown> {
  return {
    ...(values ? { endUserSuppliedValues: values } : {}),
    ...(way === undefined ? {} : { accountType: way }),
  };
}

/** Install options for a further account. */
export function addition(view: View): Record<string, unknown> {
  const { selectedCredentialId: _, externalId: __, ...rest } = view.install;
  return { ...rest, allowMultipleCredentials: true };
}

/** A page of the server's own that the whole tab can go to and come back from. */
async function linkOf(
  page: Page,
  view: View,
  { allowMultipleCredentials, accountType }: Record<string, unknown>,
): Promise<string | undefined> {
  const answer = await page.call("sendConnectRequest", "/sdk/connect-links", {
    method: "POST",
    body: JSON.stringify({
      integrationId: view.integrationId,
      returnUrl: page.address(),
      ...(typeof accountType === "string" ? { accountType } : {}),
      ...(allowMultipleCredentials === true
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

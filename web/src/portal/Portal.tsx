/** Decides whether the portal is to be seen, and tells the page so. */
import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Card } from "./Card";
import type { Page } from "./page";
import { useTheme } from "./theme";
import { viewOf } from "./view";

export function Portal({ page }: { page: Page }): ReactNode {
  const snapshot = useSyncExternalStore(page.subscribe, page.snapshot);
  const view = useMemo(() => viewOf(snapshot), [snapshot]);
  // Closed by the user; the page's answer, a snapshot without an integration, takes a moment.
  const [dismissed, setDismissed] = useState(false);
  if (dismissed && !view) setDismissed(false);

  const showing = view?.visible === true && !dismissed;
  const key = showing ? view.type : undefined;
  useEffect(() => {
    if (key === undefined) return undefined;
    page.tell("updateContainerStyle", { isModalShown: true });
    page.tell("onOpen");
    // Also when the page takes the integration away: the known SDK leaves hiding to the portal.
    return () => page.tell("updateContainerStyle", { isModalShown: false });
  }, [page, key]);

  useTheme(showing ? view : undefined);

  const close = useRef(() => {});
  close.current = () => {
    setDismissed(true);
    page.tell("onClose", true);
  };

  return showing ? (
    <Card key={key} page={page} view={view} snapshot={snapshot} onClose={() => close.current()} />
  ) : null;
}

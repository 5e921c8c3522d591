/** Decides whether the portal is to be seen, and tells the page so. */
import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Card } from "./Card";
import { ProviderName } from "./elements";
import { Language, useDocumentLanguage } from "./language";
import type { Page } from "./page";
import { useTheme } from "./theme";
import { type Choice, viewOf } from "./view";

export function Portal({ page }: { page: Page }): ReactNode {
  const snapshot = useSyncExternalStore(page.subscribe, page.snapshot);
  const [choice, setChoice] = useState<Choice>({});
  const view = useMemo(() => viewOf(snapshot, choice), [snapshot, choice]);
  // Closed by the user; the page's answer, a snapshot without an integration, takes a moment.
  const [dismissed, setDismissed] = useState(false);
  if (dismissed && !view) setDismissed(false);
  // The next opening begins with what the page selects.
  if (!view && (choice.credentialId ?? choice.configurationId) !== undefined) setChoice({});

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
  useDocumentLanguage(view?.language ?? "en");

  const close = useRef(() => {});
  close.current = () => {
    setDismissed(true);
    page.tell("onClose", true);
  };

  return showing ? (
    <Language value={view.language}>
      <ProviderName value={view.name}>
        <Card key={key} page={page} view={view} onChoose={setChoice} onClose={() => close.current()} />
      </ProviderName>
    </Language>
  ) : null;
}

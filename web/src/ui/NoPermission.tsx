import { Lock } from "lucide-react";
import { uiText } from "../texts/ui.tsx";
import { EmptyState } from "./EmptyState.tsx";

/** A page that takes a role which the reader does not have: what it is, and who can change that. */
export function NoPermission({ needs, what }: { needs: string; what: string }) {
  return (
    <EmptyState icon={<Lock size={22} />} title={uiText.noPermission.title(needs)}>
      {uiText.noPermission.text(what)}
    </EmptyState>
  );
}

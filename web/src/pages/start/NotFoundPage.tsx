import { Compass } from "lucide-react";
import { startText } from "../../texts/start.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";

export function NotFoundPage() {
  return (
    <EmptyState
      icon={<Compass size={24} />}
      title={startText.notFound.title}
      action={<ButtonLink to="/">{startText.notFound.goOn}</ButtonLink>}
    >
      {startText.notFound.about}
    </EmptyState>
  );
}

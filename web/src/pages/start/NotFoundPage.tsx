import { Compass } from "lucide-react";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";

export function NotFoundPage() {
  return (
    <EmptyState
      icon={<Compass size={24} />}
      title="There is nothing here"
      action={<ButtonLink to="/">Go to the overview</ButtonLink>}
    >
      The address may be wrong, or what it named was deleted or belongs to another project.
    </EmptyState>
  );
}

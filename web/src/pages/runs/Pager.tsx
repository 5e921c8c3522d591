import { Group } from "@mantine/core";
import { ButtonLink } from "../../ui/links.tsx";

interface PagerProps {
  /** Whether an older page is shown. */
  isOlder: boolean;
  nextCursor: string | null | undefined;
}

/** Pages by cursor, in the address: the back button leads to the page before, at its place. */
export function Pager({ isOlder, nextCursor }: PagerProps) {
  if (!isOlder && !nextCursor) return null;
  return (
    <Group mt="md" gap="xs" justify="center" component="nav" aria-label="Pages">
      {isOlder && (
        <ButtonLink variant="default" to="." search={(all: object) => ({ ...all, cursor: undefined })}>
          Newest
        </ButtonLink>
      )}
      {nextCursor && (
        <ButtonLink variant="default" to="." search={(all: object) => ({ ...all, cursor: nextCursor })}>
          Older
        </ButtonLink>
      )}
    </Group>
  );
}

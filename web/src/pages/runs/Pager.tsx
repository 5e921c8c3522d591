import { Group } from "@mantine/core";
import { commonText } from "../../texts/common.ts";
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
    <Group mt="md" gap="xs" justify="center" component="nav" aria-label={commonText.pages}>
      {isOlder && (
        <ButtonLink variant="default" to="." search={(all: object) => ({ ...all, cursor: undefined })}>
          {commonText.newest}
        </ButtonLink>
      )}
      {nextCursor && (
        <ButtonLink variant="default" to="." search={(all: object) => ({ ...all, cursor: nextCursor })}>
          {commonText.older}
        </ButtonLink>
      )}
    </Group>
  );
}

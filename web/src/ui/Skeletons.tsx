import { Skeleton, Stack } from "@mantine/core";
import { uiText } from "../texts/ui.tsx";

/** Lines where a list will stand. */
export function ListSkeleton({ rows = 5, height = 44 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" aria-busy="true" role="status" aria-label={uiText.loading}>
      {Array.from({ length: rows }, (_, index) => `row ${index}`).map((row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

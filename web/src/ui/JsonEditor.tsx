import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { JsonCodeProps } from "./JsonCode.tsx";

const JsonCode = lazy(async () => ({ default: (await import("./JsonCode.tsx")).JsonCode }));

/** A JSON field. The code editor is loaded when the first one is shown: most pages have none. */
export function JsonEditor(props: JsonCodeProps) {
  return (
    <Suspense fallback={<Skeleton height={(props.minHeight ?? 160) + 44} />}>
      <JsonCode {...props} />
    </Suspense>
  );
}

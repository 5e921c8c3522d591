import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { CodeFieldProps } from "./CodeField.tsx";

const CodeField = lazy(async () => ({ default: (await import("./CodeField.tsx")).CodeField }));

/** A field for JSON or JavaScript. The editor is loaded when the first one is shown: most pages have none. */
export function CodeEditor(props: CodeFieldProps) {
  return (
    <Suspense fallback={<Skeleton height={(props.minHeight ?? 160) + 44} />}>
      <CodeField {...props} />
    </Suspense>
  );
}

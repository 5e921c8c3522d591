import { Text, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { exact, relative } from "./time.ts";

export function RelativeTime({ at, none = "never" }: { at: string | null | undefined; none?: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) {
    return (
      <Text span size="sm" c="dimmed">
        {none}
      </Text>
    );
  }
  return (
    <Tooltip label={exact(at)}>
      <Text span size="sm" component="time" dateTime={at} style={{ whiteSpace: "nowrap" }}>
        {relative(at, Math.max(now, Date.parse(at)))}
      </Text>
    </Tooltip>
  );
}

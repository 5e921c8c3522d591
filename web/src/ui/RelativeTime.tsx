import { Text, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { commonText } from "../texts/common.ts";
import { exact, relative } from "./time.ts";

export function RelativeTime(props: { at: string | null | undefined; none?: string }) {
  const { at, none = commonText.never } = props;
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) {
    return (
      <Text span inherit c="dimmed">
        {none}
      </Text>
    );
  }
  return (
    <Tooltip label={exact(at)}>
      <Text inherit component="time" dateTime={at} style={{ whiteSpace: "nowrap" }}>
        {relative(at, Date.now())}
      </Text>
    </Tooltip>
  );
}

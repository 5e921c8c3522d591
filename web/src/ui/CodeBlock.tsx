import { Box, Text } from "@mantine/core";
import { uiText } from "../texts/ui.tsx";
import classes from "./CodeBlock.module.css";
import { CopyButton } from "./CopyButton.tsx";

interface CodeBlockProps {
  code: string;
  label?: string;
  title?: string;
  wrap?: boolean;
  maxHeight?: number;
}

/** Code or a value to copy as it stands. */
export function CodeBlock({ code, label = uiText.copyCode, title, wrap, maxHeight }: CodeBlockProps) {
  return (
    <Box>
      {title && (
        <Text size="sm" fw={500} mb={4}>
          {title}
        </Text>
      )}
      <div className={classes.block}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre className={`${classes.code} ${wrap ? classes.wrap : ""}`} style={{ maxHeight }} tabIndex={0}>
          <code>{code}</code>
        </pre>
        <div className={classes.copy}>
          <CopyButton value={code} label={label} />
        </div>
      </div>
    </Box>
  );
}

export function JsonBlock({ value, ...rest }: { value: unknown } & Omit<CodeBlockProps, "code">) {
  return <CodeBlock {...rest} code={typeof value === "string" ? value : JSON.stringify(value, null, 2)} />;
}

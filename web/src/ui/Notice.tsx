import { Alert, type AlertProps } from "@mantine/core";
import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";
import { fieldsOf, messageOf } from "../api/client.ts";

/** An error said in the page, where it happened. Nothing when there is none. */
export function ErrorNotice({ error, ...rest }: { error: unknown } & AlertProps) {
  if (!error) return null;
  const fields = Object.entries(fieldsOf(error));
  return (
    <Alert color="red" variant="light" icon={<CircleAlert size={18} />} role="alert" {...rest}>
      {fields.length === 0 && messageOf(error)}
      {fields.map(([field, message]) => (
        <div key={field}>{message}</div>
      ))}
    </Alert>
  );
}

export function Hint({ children, ...rest }: { children: ReactNode } & AlertProps) {
  return (
    <Alert
      color="gray"
      variant="light"
      bg="var(--mantine-color-default-hover)"
      icon={<Info size={18} />}
      {...rest}
    >
      {children}
    </Alert>
  );
}

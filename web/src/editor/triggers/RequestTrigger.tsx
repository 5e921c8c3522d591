import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../../api/queries.ts";
import type { RequestField, RequestPart, Trigger } from "../../api/triggers.ts";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import { DeclaredFields } from "./DeclaredFields.tsx";

type Request = NonNullable<Trigger["request"]>;

interface RequestTriggerProps {
  projectId: string;
  workflowId: string;
  request: Request;
  problemAt: (place: string) => string | undefined;
  set: (request: Request) => void;
}

const PARTS: { part: RequestPart; title: string; about: string }[] = [
  { part: "body", title: "Body", about: "Fields of the JSON that is sent" },
  { part: "params", title: "Query", about: "What stands behind the ? of the address" },
  { part: "headers", title: "Headers", about: "Any value, or one that it must have" },
];

export function RequestTrigger({ projectId, workflowId, request, problemAt, set }: RequestTriggerProps) {
  const server = useQuery(sessionQuery).data?.server.publicUrl ?? window.location.origin;
  const validate = request.validate ?? {};

  function change(part: RequestPart, fields: Record<string, RequestField>) {
    const { [part]: _, ...rest } = validate;
    const next = Object.keys(fields).length > 0 ? { ...rest, [part]: fields } : rest;
    set(Object.keys(next).length > 0 ? { validate: next } : {});
  }

  return (
    <Stack gap="md">
      <JsonBlock
        title="Address (POST, with a user token)"
        value={`${server}/projects/${projectId}/sdk/triggers/${workflowId}`}
        label="Copy address"
        wrap
      />
      <Text size="xs" c="dimmed">
        With a Response step the caller waits for its answer; without one it is answered 202 at once.
      </Text>
      <Text size="sm">
        What you declare is checked before a run begins, and steps find it in the variable menu. A request
        that does not fit is answered 422.
      </Text>
      {PARTS.map(({ part, title, about }) => (
        <DeclaredFields
          key={part}
          part={part}
          title={title}
          about={about}
          fields={validate[part] ?? {}}
          problemAt={(name) => problemAt(`${part}/${name}`)}
          onChange={(fields) => change(part, fields)}
        />
      ))}
    </Stack>
  );
}

import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../../api/queries.ts";
import type { RequestField, RequestPart, Trigger } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
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

const texts = triggerFormsText.request;

const PARTS: RequestPart[] = ["body", "params", "headers"];

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
        title={texts.address}
        value={`${server}/projects/${projectId}/sdk/triggers/${workflowId}`}
        label={commonText.copyAddress}
        wrap
      />
      <Text size="xs" c="dimmed">
        {texts.answer}
      </Text>
      <Text size="sm">{texts.declared}</Text>
      {PARTS.map((part) => (
        <DeclaredFields
          key={part}
          part={part}
          {...texts.parts[part]}
          fields={validate[part] ?? {}}
          problemAt={(name) => problemAt(`${part}/${name}`)}
          onChange={(fields) => change(part, fields)}
        />
      ))}
    </Stack>
  );
}

/** Outputs that this member keeps for tests of a workflow: shown at once, stored by the server. */
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, messageOf } from "../api/client.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { at, pinsQuery } from "../api/queries.ts";
import { testingText } from "../texts/testing.tsx";

interface Pins {
  pins: JsonObject;
  /** Null takes the pin away. `userId` is whose data it is. */
  pin: (step: string, output: Json | null, userId: string | null) => void;
}

interface Change {
  step: string;
  output: Json | null;
  userId: string | null;
}

export function usePins(projectId: string, workflowId: string): Pins {
  const client = useQueryClient();
  const options = pinsQuery(projectId, workflowId);
  const found = useQuery(options).data;
  const pins = useMemo<JsonObject>(
    () => Object.fromEntries((found ?? []).map((pin) => [pin.step, pin.output])),
    [found],
  );
  const change = useMutation({
    mutationFn: ({ step, output, userId }: Change) => {
      const path = `${at(projectId)}/workflows/${workflowId}/pins/${encodeURIComponent(step)}`;
      return output === null ? call("DELETE", path) : call("PUT", path, { output, userId });
    },
    onMutate: async ({ step, output, userId }) => {
      await client.cancelQueries({ queryKey: options.queryKey });
      const before = client.getQueryData(options.queryKey);
      client.setQueryData(options.queryKey, (known = []) => {
        const others = known.filter((pin) => pin.step !== step);
        if (output === null) return others;
        return [...others, { step, output, userId, pinnedAt: new Date().toISOString() }];
      });
      return { before };
    },
    onError: (error, { output }, context) => {
      client.setQueryData(options.queryKey, context?.before);
      notifications.show({
        color: "red",
        title: output === null ? testingText.step.notUnpinned : testingText.step.notPinned,
        message: messageOf(error),
      });
    },
  });
  return { pins, pin: (step, output, userId) => change.mutate({ step, output, userId }) };
}

/** What a field comes to over the samples, evaluated by the server as it would be in a run. */
import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { call, sentence } from "../api/client.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { at } from "../api/queries.ts";
import { variablesText } from "../texts/variables.tsx";
import type { VariableSource } from "./model/variables.ts";

/** The project whose names count; null where nothing is evaluated. */
export const EvaluationContext = createContext<string | null>(null);

interface Evaluated {
  value: Json;
  problems: string[];
}

const PAUSE_MS = 250;

interface EvaluationProps {
  text: string;
  sources: readonly VariableSource[];
}

/** Shown for the field that is being written in alone: the samples of a long workflow are many. */
export function Evaluation({ text, sources }: EvaluationProps) {
  const projectId = useContext(EvaluationContext);
  const [template] = useDebouncedValue(templateOf(text), PAUSE_MS);
  const values = valuesOf(sources);
  const found = useQuery({
    queryKey: [projectId, "evaluate", template, values],
    queryFn: () => call<Evaluated>("POST", `${at(projectId ?? "")}/evaluate`, { template, values }),
    enabled: projectId !== null,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (projectId === null) return null;
  if (found.data) return <Outcome {...found.data} />;
  // The line is there before its text: nothing moves when that comes.
  return (
    <Text size="xs" mt={4} aria-hidden>
      {"\u00a0"}
    </Text>
  );
}

/** A field of JSON is evaluated as what it holds. */
function templateOf(text: string): Json {
  if (!/^\s*[[{](?!\{)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The samples by root, as expressions name them. */
export function valuesOf(sources: readonly VariableSource[]): JsonObject {
  const values: JsonObject = { steps: {} };
  const steps: JsonObject = {};
  for (const { kind, root, sample } of sources) {
    if (kind === "step") steps[String(root[1])] = sample;
    // Secrets stay at the server.
    else if (kind !== "secrets") values[String(root[0])] = sample;
  }
  return { ...values, steps };
}

function Outcome({ value, problems }: Evaluated) {
  const [problem] = problems;
  if (problem) {
    return (
      <Text size="xs" c="var(--mantine-color-error)" mt={4} role="status">
        {sentence(problem)}
      </Text>
    );
  }
  const isEmpty = value === null || value === "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <Text size="xs" c="dimmed" mt={4} role="status" truncate title={isEmpty ? undefined : text}>
      {isEmpty ? variablesText.samples.none : `= ${text}`}
    </Text>
  );
}

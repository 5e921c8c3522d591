/**
 * Trying the draft out as a preview user: what came of each step, and what of it serves as a sample. Results
 * are of this window and gone with it; what a person pinned is kept by the server, for that person.
 */
import { useSessionStorage } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { call } from "../api/client.ts";
import type { Definition } from "../api/definition.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { at, userQuery, usersQuery } from "../api/queries.ts";
import type { User } from "../api/users.ts";
import type { TriedStep } from "../api/workflows.ts";
import { usePreviewUser } from "../app/previewUser.ts";
import type { Draft } from "./draft.ts";
import { checkExample } from "./model/example.ts";
import { loopItems, samplesOf, stepKeyOf } from "./model/samples.ts";
import { findStep } from "./model/steps.ts";
import { usePins } from "./pins.ts";

export interface Testing {
  /** The connected user's id here; null while nobody is chosen. */
  userId: string | null;
  setUserId: (id: string | null) => void;
  /** What the trigger gives, as typed. */
  payload: string;
  setPayload: (text: string) => void;
  payloadProblem: string | null;
  results: readonly TriedStep[];
  pins: JsonObject;
  pin: (key: string, output: Json | null) => void;
  /** What later steps see in place of invented examples. */
  samples: JsonObject;
  /** What the trigger gives, where a test began with it. */
  payloadSample: JsonObject | null;
  /** All steps, or one by its key. */
  run: (step: string | null) => Promise<void>;
  running: { step: string | null } | null;
  error: unknown;
}

interface TestingProps {
  projectId: string;
  workflowId: string;
  integrationType: string;
  draft: Draft;
  example: JsonObject | undefined;
}

/** Whether a test can be made with this user's account. */
export function canBeTriedAs(user: Pick<User, "accounts" | "disabled">, integrationType: string): boolean {
  if (user.disabled) return false;
  return user.accounts.some(
    (account) => account.integrationType === integrationType && account.status === "VALID",
  );
}

export function useTesting(props: TestingProps): Testing {
  const { projectId, workflowId, integrationType, draft, example } = props;
  const [chosenId, setUserId] = usePreviewUser(projectId);
  const users = useInfiniteQuery(usersQuery(projectId, "")).data?.pages[0]?.items ?? [];
  const chosen = useQuery({
    ...userQuery(projectId, chosenId ?? ""),
    enabled: chosenId !== null,
    refetchInterval: false,
  });
  // Nobody was chosen before, or the one who was is gone: the first who can be tried as.
  const userId =
    (chosen.isError ? null : chosenId) ??
    users.find((user) => canBeTriedAs(user, integrationType))?.id ??
    null;
  const [typed, setPayload] = useSessionStorage<string | null>({
    key: `linchpin:test-payload:${workflowId}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  const kept = usePins(projectId, workflowId);
  const { pins } = kept;
  const [results, setResults] = useState<readonly TriedStep[]>([]);
  const [running, setRunning] = useState<Testing["running"]>(null);
  const [error, setError] = useState<unknown>(null);
  /** Of an answer that comes after another test was begun nothing is shown. */
  const latest = useRef(0);

  const payload = typed ?? JSON.stringify(example ?? {}, null, 2);
  const checked = useMemo(() => checkExample(payload), [payload]);
  const samples = useMemo(() => samplesOf(results, pins), [results, pins]);

  async function run(step: string | null) {
    if (userId === null || !checked.ok) return;
    const mine = ++latest.current;
    setRunning({ step });
    setError(null);
    try {
      if (!(await draft.flush()))
        throw new Error("The newest edits could not be saved, so nothing was tested.");
      const { definition } = draft;
      const answer = await call<{ steps: TriedStep[] }>(
        "POST",
        `${at(projectId)}/workflows/${workflowId}/test`,
        request(step, definition, { userId, payload: checked.value, samples, pins }),
      );
      if (mine === latest.current) setResults((known) => merged(known, answer.steps, step));
    } catch (thrown) {
      if (mine === latest.current) setError(thrown);
    } finally {
      if (mine === latest.current) setRunning(null);
    }
  }

  return {
    userId,
    setUserId,
    payload,
    setPayload,
    payloadProblem: checked.ok ? null : checked.message,
    results,
    pins,
    pin: (key, output) => kept.pin(key, output, userId),
    samples,
    payloadSample: typed !== null && checked.ok ? checked.value : null,
    run,
    running,
    error,
  };
}

interface Known {
  userId: string;
  payload: JsonObject;
  samples: JsonObject;
  pins: JsonObject;
}

function request(step: string | null, definition: Definition, { userId, payload, samples, pins }: Known) {
  const body = { userId, payload };
  // All of it is performed again but for what a person pinned; one step begins where the others ended.
  if (step === null) return { ...body, outputs: existing(pins, definition) };
  const { [step]: _, ...outputs } = existing(samples, definition);
  return { ...body, step, outputs, items: loopItems(definition, step, { trigger: payload, steps: samples }) };
}

/** Outputs of steps that the draft still has. */
function existing(outputs: JsonObject, definition: Definition): JsonObject {
  return Object.fromEntries(Object.entries(outputs).filter(([key]) => findStep(definition.steps, key)));
}

function merged(known: readonly TriedStep[], tried: TriedStep[], step: string | null): readonly TriedStep[] {
  if (step === null) return tried;
  return [...known.filter((each) => stepKeyOf(each.path) !== step), ...tried];
}

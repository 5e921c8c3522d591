/**
 * Trying the draft out as a preview user: what came of each step, and what of it serves as a sample. Results
 * are of this window and gone with it; what a person pinned is kept by the server, for that person.
 */
import { useLocalStorage, useSessionStorage } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { call } from "../api/client.ts";
import type { Definition } from "../api/definition.ts";
import type { SettingInput } from "../api/integrations.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { at, userQuery, usersQuery } from "../api/queries.ts";
import type { User } from "../api/users.ts";
import type { TriedStep } from "../api/workflows.ts";
import { usePreviewUser } from "../app/previewUser.ts";
import { testingText } from "../texts/testing.tsx";
import { useSame } from "../ui/useSame.ts";
import { useStable } from "../ui/useStable.ts";
import type { Draft } from "./draft.ts";
import { checkExample } from "./model/example.ts";
import { loopItems, samplesOf, stepKeyOf } from "./model/samples.ts";
import { findStep } from "./model/steps.ts";
import { usePins } from "./pins.ts";

export interface Testing {
  /** The connected user's id here; null while nobody is chosen. */
  userId: string | null;
  setUserId: (id: string | null) => void;
  /** Whether it is known who tests, and so where calls go. */
  ready: boolean;
  /** Whether the connector's simulator answers, and nothing leaves the server. */
  simulated: boolean;
  /** By choice; without an account there is none. */
  setSimulated: (on: boolean) => void;
  /** Whether the user has an account that a real test can be made with. */
  hasAccount: boolean;
  /** What the user of a simulated test has set, as typed; null where there is nothing to say. */
  settings: string | null;
  setSettings: (text: string) => void;
  settingsProblem: string | null;
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
  /** What users can set. */
  settings: readonly SettingInput[];
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
  const listed = useInfiniteQuery(usersQuery(projectId, ""));
  const users = listed.data?.pages[0]?.items ?? [];
  const chosen = useQuery({
    ...userQuery(projectId, chosenId ?? ""),
    enabled: chosenId !== null,
    refetchInterval: false,
  });
  // Nobody was chosen before, or the one who was is gone: the first who can be tried as.
  const first =
    users.find((user) => canBeTriedAs(user, integrationType)) ?? users.find((user) => !user.disabled);
  const userId = (chosen.isError ? null : chosenId) ?? first?.id ?? null;
  const user = chosenId !== null && chosenId === userId ? chosen.data : first;
  const ready = chosenId !== null && !chosen.isError ? chosen.data !== undefined : !listed.isPending;
  const hasAccount = user !== undefined && canBeTriedAs(user, integrationType);
  const [wantsSimulator, setSimulated] = useLocalStorage<boolean>({
    key: `linchpin:simulated-tests:${projectId}`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const simulated = ready && (wantsSimulator || !hasAccount);
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
  // An account has settings of its own.
  const asksSettings = simulated && !hasAccount && props.settings.length > 0;
  const [typedSettings, setSettings] = useSessionStorage<string | null>({
    key: `linchpin:test-settings:${workflowId}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  const settings = typedSettings ?? JSON.stringify(defaultsOf(props.settings), null, 2);
  const checkedSettings = useMemo(() => checkExample(settings), [settings]);
  const samples = useMemo(() => samplesOf(results, pins), [results, pins]);

  const run = useStable(async (step: string | null) => {
    if (!ready || !checked.ok || (asksSettings && !checkedSettings.ok)) return;
    const mine = ++latest.current;
    setRunning({ step });
    setError(null);
    try {
      if (!(await draft.flush())) throw new Error(testingText.notSaved);
      const { definition } = draft;
      const answer = await call<{ simulated: boolean; steps: TriedStep[] }>(
        "POST",
        `${at(projectId)}/workflows/${workflowId}/test`,
        {
          ...request(step, definition, { payload: checked.value, samples, pins }),
          ...(userId !== null && { userId }),
          ...(simulated && { simulated }),
          ...(asksSettings && checkedSettings.ok && { settings: checkedSettings.value }),
        },
      );
      const steps = answer.steps.map((tried) => ({ ...tried, simulated: answer.simulated }));
      if (mine === latest.current) setResults((known) => merged(known, steps, step));
    } catch (thrown) {
      if (mine === latest.current) setError(thrown);
    } finally {
      if (mine === latest.current) setRunning(null);
    }
  });
  const pin = useStable((key: string, output: Json | null) => kept.pin(key, output, userId));

  const asked = asksSettings ? settings : null;
  const settingsProblem = asksSettings && !checkedSettings.ok ? checkedSettings.message : null;
  const payloadProblem = checked.ok ? null : checked.message;
  const payloadSample = typed !== null && checked.ok ? checked.value : null;
  return useSame<Testing>({
    userId,
    setUserId,
    ready,
    simulated,
    setSimulated,
    hasAccount,
    settings: asked,
    setSettings,
    settingsProblem,
    payload,
    setPayload,
    payloadProblem,
    results,
    pins,
    pin,
    samples,
    payloadSample,
    run,
    running,
    error,
  });
}

/** What settings are until somebody gives a value; those without one are there to be filled in. */
function defaultsOf(settings: readonly SettingInput[]): JsonObject {
  return Object.fromEntries(settings.map((input) => [input.id, input.defaultValue ?? ""]));
}

interface Known {
  payload: JsonObject;
  samples: JsonObject;
  pins: JsonObject;
}

function request(step: string | null, definition: Definition, { payload, samples, pins }: Known) {
  const body = { payload };
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

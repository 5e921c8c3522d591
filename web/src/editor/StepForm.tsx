/** The chosen step: its name, what it is, the form of its kind and what a failure means. */
import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { sentence } from "../api/client.ts";
import type { Connector } from "../api/connectors.ts";
import type { Problem, Step } from "../api/definition.ts";
import type { Trigger } from "../api/triggers.ts";
import { stepsText } from "../texts/steps.ts";
import { ActionForm } from "./forms/ActionForm.tsx";
import { ConditionForm } from "./forms/ConditionForm.tsx";
import { DelayForm } from "./forms/DelayForm.tsx";
import { FunctionForm } from "./forms/FunctionForm.tsx";
import { LoopForm } from "./forms/LoopForm.tsx";
import type { FormProps } from "./forms/props.ts";
import { RequestForm } from "./forms/RequestForm.tsx";
import { ResponseForm } from "./forms/ResponseForm.tsx";
import { StepKinds } from "./forms/StepKinds.tsx";
import { isUndecided, kindOf, type StepKind } from "./model/kinds.ts";
import { type ActionTitles, nameOf } from "./model/names.ts";
import type { Operation } from "./model/operations.ts";
import { pointerWithin } from "./model/steps.ts";
import type { VariableSource } from "./model/variables.ts";
import { StepErrors } from "./StepErrors.tsx";
import { StepButtons, StepHeader } from "./StepHeader.tsx";
import type { Steps } from "./useSteps.ts";

interface StepFormProps {
  step: Step;
  titles: ActionTitles;
  steps: Steps;
  trigger: Trigger | null;
  connector: Connector;
  iconUrl: string;
  sources: VariableSource[];
  problems: Problem[];
  operate: (operation: Operation) => void;
  /** The step's test, below its form. */
  test: ReactNode;
}

/** Kinds that do something by themselves; what branches, repeats or waits is tested with the workflow. */
const TESTED: StepKind[] = ["action", "request", "function", "if", "response"];

export function StepForm(props: StepFormProps) {
  const { step, connector, sources, operate } = props;
  const { key } = step;
  const kind = kindOf(step);
  const undecided = isUndecided(step);
  const mine = props.problems.filter((problem) => problem.step === key);
  const form: FormProps = {
    step,
    sources,
    problemAt: (place) => {
      const problem = mine.find(({ pointer }) => isAt(pointer, place));
      // Nobody has filled anything in yet: what is missing is said once something is chosen.
      return undecided || !problem ? undefined : sentence(problem.message);
    },
    set: (fields, at) => operate({ kind: "setFields", key, fields, at }),
  };

  return (
    <Stack gap="md">
      <StepHeader
        name={nameOf(step, props.titles)}
        about={`${kind === "action" ? connector.name : stepsText.kinds[kind].title} · steps.${key}`}
        kind={kind}
        iconUrl={props.iconUrl}
        buttons={<StepButtons steps={props.steps} />}
        onRename={(title) => operate({ kind: "renameStep", key, title })}
      />
      {kind === "action" && <ActionForm {...form} connector={connector} operate={operate} />}
      {undecided && <StepKinds onChoose={(chosen) => operate({ kind: "setKind", key, step: chosen })} />}
      {kind === "if" && <ConditionForm {...form} />}
      {kind === "forEach" && (
        <LoopForm {...form} setItemName={(name) => operate({ kind: "setItemName", key, name })} />
      )}
      {kind === "delay" && <DelayForm {...form} />}
      {kind === "function" && <FunctionForm {...form} />}
      {kind === "request" && <RequestForm {...form} provider={connector.name} />}
      {kind === "response" && <ResponseForm {...form} trigger={props.trigger} />}
      {!undecided && (
        <StepErrors stepKey={key} onError={step.onError} retry={step.retry} kind={kind} operate={operate} />
      )}
      {!undecided && TESTED.includes(kind) && props.test}
    </Stack>
  );
}

/** Whether a problem is about a place within its step, or below it. A place that has places of its own is exact. */
function isAt(pointer: string, place: string): boolean {
  const within = pointerWithin(pointer);
  return within === place || (!/^if\/any\/\d+\/all\/\d+$/.test(place) && within.startsWith(`${place}/`));
}

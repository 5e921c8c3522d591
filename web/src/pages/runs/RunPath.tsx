import { Box, Stack, Text, ThemeIcon, UnstyledButton } from "@mantine/core";
import type { RunDetail, RunInside, RunStep } from "../../api/runs.ts";
import { isStepKind } from "../../editor/model/kinds.ts";
import { StepIcon } from "../../editor/StepIcon.tsx";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";
import classes from "./RunPath.module.css";
import { findDefined, insideTitle, notTaken } from "./steps.ts";
import { TRIGGERS } from "./triggers.ts";

interface RunPathProps {
  run: RunDetail;
  /** The path of the chosen step, or `trigger`. */
  chosen: string;
  onChoose: (path: string) => void;
}

/** The workflow as the run went through it. */
export function RunPath({ run, chosen, onChoose }: RunPathProps) {
  return (
    <ol className={classes.path} aria-label={runsText.path.label}>
      <li className={classes.item}>
        <UnstyledButton
          className={classes.node}
          aria-pressed={chosen === "trigger"}
          onClick={() => onChoose("trigger")}
        >
          <ThemeIcon variant="light" size={30}>
            <StepIcon kind="trigger" size={16} />
          </ThemeIcon>
          <Stack gap={0} style={{ flex: 1, minWidth: 0 }}>
            <Text fw={500}>{TRIGGERS[run.trigger.kind] ?? commonText.trigger}</Text>
            <Text size="xs" c="dimmed" truncate>
              {run.trigger.name}
            </Text>
          </Stack>
        </UnstyledButton>
      </li>
      {run.steps.map((step) => (
        <PathStep key={step.path} step={step} run={run} chosen={chosen} onChoose={onChoose} />
      ))}
    </ol>
  );
}

function PathStep({ step, run, chosen, onChoose }: RunPathProps & { step: RunStep }) {
  return (
    <li className={classes.item}>
      <UnstyledButton
        className={classes.node}
        data-faint={step.state === "not_reached" || undefined}
        aria-pressed={chosen === step.path}
        onClick={() => onChoose(step.path)}
      >
        <KindIcon step={step} integrationType={run.integrationType} />
        <Box style={{ flex: 1, minWidth: 0 }}>
          <Text fw={500} lineClamp={2}>
            {step.title}
          </Text>
          <Text size="xs" c="dimmed">
            {lineOf(step)}
          </Text>
        </Box>
        <StateBadge state={step.state} />
      </UnstyledButton>
      {step.inside.map((inside) => (
        <PathInside
          key={inside.name}
          inside={inside}
          of={step.title}
          run={run}
          chosen={chosen}
          onChoose={onChoose}
        />
      ))}
      <NotTaken step={step} run={run} />
      {step.items && step.items.count > step.inside.length && step.inside.length > 0 && (
        <Text size="xs" c="dimmed" className={classes.more}>
          {runsText.path.moreItems(step.items.count - step.inside.length)}
        </Text>
      )}
    </li>
  );
}

/** The branch that the run did not take, faint: what would have happened otherwise. */
function NotTaken({ step, run }: { step: RunStep; run: RunDetail }) {
  const other = notTaken(step, findDefined(run.definition.steps, step.key));
  if (!other || other.steps.length === 0) return null;
  return (
    <div className={classes.inside} data-faint>
      <Text size="xs" c="dimmed" mb={6}>
        {runsText.path.notTaken(insideTitle(other.name))}
      </Text>
      <ol className={classes.path} aria-label={runsText.path.notTakenOf(insideTitle(other.name), step.title)}>
        {other.steps.map((one) => (
          <li key={one.key} className={classes.item}>
            <div className={classes.node} data-faint>
              <Text size="sm">{one.title ?? one.action ?? one.key}</Text>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** A branch that was taken is open; an item of a loop opens where something is wrong or chosen. */
function PathInside(props: RunPathProps & { inside: RunInside; of: string }) {
  const { inside, of, run, chosen, onChoose } = props;
  const title = insideTitle(inside.name);
  const list = (
    <ol className={classes.path} aria-label={runsText.path.inside(title, of)}>
      {inside.steps.map((step) => (
        <PathStep key={step.path} step={step} run={run} chosen={chosen} onChoose={onChoose} />
      ))}
      {inside.steps.length === 0 && (
        <li>
          <Text size="xs" c="dimmed">
            {runsText.path.noSteps}
          </Text>
        </li>
      )}
    </ol>
  );
  if (inside.name === "then" || inside.name === "else") {
    return (
      <div className={classes.inside}>
        <Text size="xs" c="dimmed" mb={6}>
          {title}
        </Text>
        {list}
      </div>
    );
  }
  const failed = inside.steps.some((step) => step.state === "failed" || step.state === "in_doubt");
  const isFirst = inside.name === "0";
  return (
    <details className={classes.inside} open={failed || isFirst || undefined}>
      <summary className={classes.summary}>
        {title}
        {failed && <StateBadge state="failed" />}
      </summary>
      {list}
    </details>
  );
}

function KindIcon({ step, integrationType }: { step: RunStep; integrationType: string }) {
  // A run from before kinds were told has actions alone.
  if (!isStepKind(step.kind) || step.kind === "action") {
    return <ConnectorIcon url={iconOf(integrationType)} size={30} />;
  }
  return (
    <ThemeIcon variant="light" size={30}>
      <StepIcon kind={step.kind} size={16} />
    </ThemeIcon>
  );
}

function lineOf(step: RunStep): string {
  if (step.items) return runsText.step.items(step.items);
  const last = step.attempts.at(-1);
  const attempts = step.attempts.length > 1 ? runsText.path.attempts(step.attempts.length) : "";
  return last ? `${duration(last.durationMs)}${attempts}` : runsText.path.notRun;
}

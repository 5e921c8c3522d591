import { Box, Stack, Text, ThemeIcon, UnstyledButton } from "@mantine/core";
import { Radio } from "lucide-react";
import type { RunDetail } from "../../api/types.ts";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { duration } from "../../ui/time.ts";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";
import classes from "./RunPath.module.css";

interface RunPathProps {
  run: RunDetail;
  chosen: string;
  onChoose: (key: string) => void;
}

/** The workflow as the run went through it. */
export function RunPath({ run, chosen, onChoose }: RunPathProps) {
  return (
    <ol className={classes.path} aria-label="Path of the run">
      <li className={classes.item}>
        <UnstyledButton
          className={classes.node}
          aria-pressed={chosen === "trigger"}
          onClick={() => onChoose("trigger")}
        >
          <ThemeIcon variant="light" size={30}>
            <Radio size={16} />
          </ThemeIcon>
          <Stack gap={0} style={{ flex: 1, minWidth: 0 }}>
            <Text fw={500}>App Event</Text>
            <Text size="xs" c="dimmed" truncate>
              {run.trigger.name}
            </Text>
          </Stack>
        </UnstyledButton>
      </li>
      {run.steps.map((step) => {
        const last = step.attempts.at(-1);
        return (
          <li key={step.key} className={classes.item}>
            <UnstyledButton
              className={classes.node}
              data-faint={step.state === "not_reached" || undefined}
              aria-pressed={chosen === step.key}
              onClick={() => onChoose(step.key)}
            >
              <ConnectorIcon url={iconOf(run.integrationType)} size={30} />
              <Box style={{ flex: 1, minWidth: 0 }}>
                <Text fw={500} truncate>
                  {step.title}
                </Text>
                <Text size="xs" c="dimmed">
                  {last ? duration(last.durationMs) : "not run"}
                  {step.attempts.length > 1 ? ` · ${step.attempts.length} attempts` : ""}
                </Text>
              </Box>
              <StateBadge state={step.state} />
            </UnstyledButton>
          </li>
        );
      })}
    </ol>
  );
}

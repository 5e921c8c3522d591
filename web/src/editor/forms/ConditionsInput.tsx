/** Conditions as groups: any group, in which all conditions hold. */
import { ActionIcon, Button, Card, Divider, Group, Select, Stack, Text } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { Fragment } from "react";
import type { Condition, Conditions } from "../../api/definition.ts";
import { commonText } from "../../texts/common.ts";
import { conditionsText } from "../../texts/conditions.ts";
import { isUnary, operatorGroups } from "../model/operators.ts";
import type { VariableSource } from "../model/variables.ts";
import { asText } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";
import { numberOrText } from "./numbers.ts";

interface ConditionsInputProps {
  conditions: Conditions;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (conditions: Conditions, at: string | null) => void;
  /** Whether there may be none at all. */
  optional?: boolean;
}

const START: Condition = { left: null, operator: "$none" };

export function ConditionsInput(props: ConditionsInputProps) {
  const { conditions, sources, problemAt, onChange, optional = false } = props;
  const groups = conditions.any;

  function change(group: number, conditions: Condition[], at: string | null) {
    const next = groups.map((each, index) => (index === group ? { all: conditions } : each));
    onChange({ any: next.filter((each) => each.all.length > 0) }, at);
  }

  return (
    <Stack gap="xs">
      {groups.map((group, groupIndex) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups and conditions have no identity but their place
        <Fragment key={groupIndex}>
          {groupIndex > 0 && <Divider label={conditionsText.or} labelPosition="center" />}
          <Card
            withBorder
            padding="sm"
            role="group"
            aria-label={groups.length > 1 ? conditionsText.group(groupIndex + 1) : conditionsText.all}
          >
            <Stack gap="xs">
              {group.all.map((condition, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <Fragment key={index}>
                  {index > 0 && (
                    <Text size="xs" c="dimmed" fw={500}>
                      {conditionsText.and}
                    </Text>
                  )}
                  <ConditionRow
                    name={conditionsText.one(index + 1, groups.length > 1 ? groupIndex + 1 : null)}
                    condition={condition}
                    sources={sources}
                    problemAt={(part) => {
                      const at = `any/${groupIndex}/all/${index}`;
                      return problemAt(part === "" ? at : `${at}/${part}`);
                    }}
                    onChange={(next, part) =>
                      change(
                        groupIndex,
                        group.all.map((each, place) => (place === index ? next : each)),
                        part && `${groupIndex}/${index}/${part}`,
                      )
                    }
                    onRemove={
                      !optional && groups.length === 1 && group.all.length === 1
                        ? null
                        : () =>
                            change(
                              groupIndex,
                              group.all.filter((_, place) => place !== index),
                              null,
                            )
                    }
                  />
                </Fragment>
              ))}
              <Button
                variant="subtle"
                size="compact-sm"
                w="fit-content"
                leftSection={<Plus size={14} />}
                onClick={() => change(groupIndex, [...group.all, START], null)}
              >
                {conditionsText.addAnd}
              </Button>
            </Stack>
          </Card>
        </Fragment>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        leftSection={<Plus size={14} />}
        onClick={() => onChange({ any: [...groups, { all: [START] }] }, null)}
      >
        {groups.length === 0 ? conditionsText.addFirst : conditionsText.addOr}
      </Button>
    </Stack>
  );
}

interface ConditionRowProps {
  name: string;
  condition: Condition;
  sources: VariableSource[];
  problemAt: (part: string) => string | undefined;
  onChange: (condition: Condition, part: string | null) => void;
  onRemove: (() => void) | null;
}

function ConditionRow({ name, condition, sources, problemAt, onChange, onRemove }: ConditionRowProps) {
  const unary = isUnary(condition.operator);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
        <VariableInput
          label={conditionsText.left(name)}
          hideLabel
          placeholder={conditionsText.leftHint}
          value={asText(condition.left)}
          sources={sources}
          error={problemAt("left") ?? null}
          onChange={(text) => onChange({ ...condition, left: text === "" ? null : text }, "left")}
        />
        <Select
          aria-label={conditionsText.operator(name)}
          placeholder={conditionsText.operatorHint}
          searchable
          allowDeselect={false}
          maxDropdownHeight={320}
          data={operatorGroups()}
          value={condition.operator === "$none" ? null : condition.operator}
          error={problemAt("operator")}
          onChange={(operator) => {
            if (operator === null) return;
            const { right, ...rest } = condition;
            const next = isUnary(operator)
              ? { ...rest, operator }
              : { ...rest, operator, right: right ?? "" };
            onChange(next, null);
          }}
        />
        {!unary && (
          <VariableInput
            label={conditionsText.right(name)}
            hideLabel
            placeholder={conditionsText.rightHint}
            value={asText(condition.right)}
            sources={sources}
            error={problemAt("right") ?? problemAt("") ?? null}
            onChange={(text) =>
              onChange(
                { ...condition, right: condition.operator.startsWith("$number") ? numberOrText(text) : text },
                "right",
              )
            }
          />
        )}
      </Stack>
      {onRemove && (
        <ActionIcon
          variant="subtle"
          color="gray"
          mt={4}
          aria-label={commonText.removeNamed(name)}
          onClick={onRemove}
        >
          <X size={14} />
        </ActionIcon>
      )}
    </Group>
  );
}

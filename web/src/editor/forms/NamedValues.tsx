/** A table of names and values, each of which may hold variables. */
import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import type { Json, JsonObject } from "../../api/json.ts";
import { commonText } from "../../texts/common.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import type { VariableSource } from "../model/variables.ts";
import { asText } from "../StepField.tsx";
import { VariableInput } from "../VariableInput.tsx";

const texts = stepFormsText.namedValues;

interface NamedValuesProps {
  title: string;
  about?: string;
  /** What one of them is called. */
  one: string;
  values: JsonObject;
  sources: VariableSource[];
  problemAt: (name: string) => string | undefined;
  /** `at` names what was typed into; null when a row came or went. */
  onChange: (values: JsonObject, at: string | null) => void;
}

interface Row {
  id: number;
  name: string;
  value: Json;
}

export function NamedValues({ title, about, one, values, sources, problemAt, onChange }: NamedValuesProps) {
  const nextId = useRef(0);
  const rowsOf = (of: JsonObject) =>
    Object.entries(of).map(([name, value]): Row => ({ id: nextId.current++, name, value }));
  // A row without a name, or with one that is there already, is kept here until it has one of its own.
  const [rows, setRows] = useState(() => rowsOf(values));
  const sent = useRef(JSON.stringify(values));
  if (sent.current !== JSON.stringify(values)) {
    sent.current = JSON.stringify(values);
    setRows(rowsOf(values));
  }

  function change(next: Row[], at: string | null) {
    setRows(next);
    const object = Object.fromEntries(
      next.filter((row) => row.name.trim() !== "").map((row) => [row.name.trim(), row.value]),
    );
    const text = JSON.stringify(object);
    if (text === sent.current) return;
    sent.current = text;
    onChange(object, at);
  }

  const edit = (id: number, part: Partial<Row>) => {
    const at = `${id}/${Object.keys(part).join()}`;
    change(
      rows.map((row) => (row.id === id ? { ...row, ...part } : row)),
      at,
    );
  };

  return (
    <Stack gap={6} role="group" aria-label={title}>
      <div>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        {about && (
          <Text size="xs" c="dimmed">
            {about}
          </Text>
        )}
      </div>
      {rows.map((row, index) => {
        const doubled = rows.some((other, at) => at < index && other.name.trim() === row.name.trim());
        const label = row.name.trim() === "" ? texts.nth(one, index + 1) : row.name;
        return (
          <Group key={row.id} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={texts.nameOf(one, index + 1)}
              placeholder={commonText.name}
              w={124}
              value={row.name}
              error={doubled && row.name !== "" ? texts.twice : undefined}
              onChange={(event) => edit(row.id, { name: event.currentTarget.value })}
            />
            <div style={{ flex: 1, minWidth: 0 }}>
              <VariableInput
                label={texts.valueOf(label)}
                hideLabel
                placeholder={commonText.value}
                value={asText(row.value)}
                sources={sources}
                error={problemAt(row.name) ?? null}
                onChange={(text) => edit(row.id, { value: text })}
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={commonText.removeNamed(label)}
              onClick={() =>
                change(
                  rows.filter((other) => other.id !== row.id),
                  null,
                )
              }
            >
              <X size={14} />
            </ActionIcon>
          </Group>
        );
      })}
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        leftSection={<Plus size={14} />}
        onClick={() => change([...rows, { id: nextId.current++, name: "", value: "" }], null)}
      >
        {texts.add(one)}
      </Button>
    </Stack>
  );
}

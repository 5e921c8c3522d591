/** The fields that a request must or may have, as a table. */
import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import type { RequestField, RequestPart } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";

interface DeclaredFieldsProps {
  part: RequestPart;
  title: string;
  about: string;
  fields: Record<string, RequestField>;
  problemAt: (name: string) => string | undefined;
  onChange: (fields: Record<string, RequestField>) => void;
}

interface Row {
  id: number;
  name: string;
  field: RequestField;
}

const texts = triggerFormsText.declared;

/** In the order of the menu. */
const TYPES = ["any", "string", "number", "boolean", "object", "array"] as const;

export function DeclaredFields({ part, title, about, fields, problemAt, onChange }: DeclaredFieldsProps) {
  const nextId = useRef(0);
  const rowsOf = (of: Record<string, RequestField>) =>
    Object.entries(of).map(([name, field]): Row => ({ id: nextId.current++, name, field }));
  // A row without a name is kept here until it has one.
  const [rows, setRows] = useState(() => rowsOf(fields));
  const sent = useRef(JSON.stringify(fields));
  if (sent.current !== JSON.stringify(fields)) {
    sent.current = JSON.stringify(fields);
    setRows(rowsOf(fields));
  }

  function change(next: Row[]) {
    setRows(next);
    const object = Object.fromEntries(
      next.filter((row) => row.name.trim() !== "").map((row) => [row.name.trim(), row.field]),
    );
    const text = JSON.stringify(object);
    if (text === sent.current) return;
    sent.current = text;
    onChange(object);
  }

  const edit = (id: number, part: Partial<Row>) =>
    change(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));

  return (
    <Stack gap={6} role="group" aria-label={title}>
      <div>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      </div>
      {rows.map((row, index) => {
        const label = row.name.trim() === "" ? texts.nth(index + 1) : row.name;
        return (
          <Group key={row.id} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={texts.nameOf(title, index + 1)}
              placeholder={commonText.name}
              style={{ flex: 1 }}
              value={row.name}
              error={problemAt(row.name)}
              onChange={(event) => edit(row.id, { name: event.currentTarget.value })}
            />
            {part === "headers" ? (
              <TextInput
                aria-label={texts.valueOf(label)}
                placeholder={texts.anyValue}
                w={120}
                value={row.field.value ?? ""}
                onChange={(event) => edit(row.id, { field: withValue(row.field, event.currentTarget.value) })}
              />
            ) : (
              <Select
                aria-label={texts.typeOf(label)}
                w={120}
                allowDeselect={false}
                data={TYPES.map((value) => ({ value, label: texts.types[value] }))}
                value={row.field.type ?? "any"}
                onChange={(type) => edit(row.id, { field: withType(row.field, type) })}
              />
            )}
            <Checkbox
              mt={8}
              aria-label={texts.isRequired(label)}
              title={texts.required}
              checked={row.field.required ?? false}
              onChange={(event) =>
                edit(row.id, { field: withRequired(row.field, event.currentTarget.checked) })
              }
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={commonText.removeNamed(label)}
              onClick={() => change(rows.filter((other) => other.id !== row.id))}
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
        aria-label={texts.addTo(title)}
        onClick={() => change([...rows, { id: nextId.current++, name: "", field: { required: true } }])}
      >
        {texts.add}
      </Button>
    </Stack>
  );
}

function withType({ type: _, ...rest }: RequestField, chosen: string | null): RequestField {
  const type = TYPES.find((each) => each === chosen) ?? "any";
  return type === "any" ? rest : { ...rest, type };
}

function withRequired({ required: _, ...rest }: RequestField, required: boolean): RequestField {
  return required ? { ...rest, required } : rest;
}

function withValue({ value: _, ...rest }: RequestField, value: string): RequestField {
  return value === "" ? rest : { ...rest, value };
}

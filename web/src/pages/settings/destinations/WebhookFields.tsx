/** What a webhook sends besides the usual: headers whose values are kept secret, and a body of one's own. */
import {
  ActionIcon,
  Button,
  Group,
  PasswordInput,
  Radio,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { CodeEditor } from "../../../ui/CodeEditor.tsx";
import { PRESETS } from "./payloads.ts";

const { headers: texts, payload } = settingsDestinationsText;

export interface HeaderRow {
  /** Of this dialog alone. */
  id: number;
  name: string;
  value: string;
  /** It has a value at the server, which an empty field leaves as it is. */
  stored: boolean;
}

interface HeadersProps {
  rows: HeaderRow[];
  error: string | undefined;
  onChange: (rows: HeaderRow[]) => void;
}

export function HeaderFields({ rows, error, onChange }: HeadersProps) {
  const change = (id: number, fields: Partial<HeaderRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...fields } : row)));
  return (
    <Stack gap="xs" role="group" aria-label={commonText.headers}>
      <div>
        <Text size="sm" fw={600}>
          {commonText.headers}
        </Text>
        <Text size="xs" c="dimmed">
          {texts.about}
        </Text>
      </div>
      {rows.map((row, index) => (
        <Group key={row.id} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={texts.name(index + 1)}
            placeholder={texts.nameExample}
            value={row.name}
            readOnly={row.stored}
            style={{ flex: 1 }}
            onChange={(event) => change(row.id, { name: event.currentTarget.value })}
          />
          <PasswordInput
            aria-label={texts.value(index + 1)}
            placeholder={row.stored ? texts.stored : texts.valueExample}
            autoComplete="off"
            value={row.value}
            style={{ flex: 1 }}
            onChange={(event) => change(row.id, { value: event.currentTarget.value })}
          />
          <Tooltip label={texts.remove}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={texts.removeOne(index + 1)}
              onClick={() => onChange(rows.filter(({ id }) => id !== row.id))}
            >
              <Trash2 size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        w="fit-content"
        leftSection={<Plus size={14} />}
        onClick={() => onChange([...rows, fresh(rows, "")])}
      >
        {texts.add}
      </Button>
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
}

export function fresh(rows: readonly HeaderRow[], name: string): HeaderRow {
  return { id: Math.max(0, ...rows.map(({ id }) => id)) + 1, name, value: "", stored: false };
}

interface PayloadProps {
  /** The template as typed; null is the whole event. */
  value: string | null;
  error: string | null;
  onChange: (text: string | null) => void;
  /** Headers that a receiver wants, by name. */
  onHeaders: (names: string[]) => void;
}

const EXAMPLE = JSON.stringify({ text: "{{ event.type }}: {{ event.data.error.message }}" }, null, 2);

export function PayloadField({ value, error, onChange, onHeaders }: PayloadProps) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label={commonText.payload}
        value={value === null ? "event" : "own"}
        onChange={(kind) => onChange(kind === "event" ? null : EXAMPLE)}
      >
        <Group mt={6}>
          <Radio value="event" label={payload.whole} />
          <Radio value="own" label={payload.own} />
        </Group>
      </Radio.Group>
      {value !== null && (
        <>
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              {payload.presets}
            </Text>
            {Object.entries(PRESETS).map(([name, preset]) => (
              <Button
                key={name}
                size="compact-xs"
                variant="default"
                onClick={() => {
                  onChange(JSON.stringify(preset.payload, null, 2));
                  onHeaders(preset.headers);
                }}
              >
                {preset.title}
              </Button>
            ))}
          </Group>
          <CodeEditor
            label={payload.template}
            description={payload.templateAbout}
            minHeight={140}
            error={error}
            value={value}
            onChange={onChange}
          />
        </>
      )}
    </Stack>
  );
}

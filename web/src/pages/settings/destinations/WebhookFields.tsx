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
import { CodeEditor } from "../../../ui/CodeEditor.tsx";
import { PRESETS } from "./payloads.ts";

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
    <Stack gap="xs" role="group" aria-label="Headers">
      <div>
        <Text size="sm" fw={600}>
          Headers
        </Text>
        <Text size="xs" c="dimmed">
          Sent with each webhook, for example what proves to the receiver who calls. Values are stored sealed
          and not shown again.
        </Text>
      </div>
      {rows.map((row, index) => (
        <Group key={row.id} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={`Name of header ${index + 1}`}
            placeholder="Authorization"
            value={row.name}
            readOnly={row.stored}
            style={{ flex: 1 }}
            onChange={(event) => change(row.id, { name: event.currentTarget.value })}
          />
          <PasswordInput
            aria-label={`Value of header ${index + 1}`}
            placeholder={row.stored ? "Stored; type to replace it" : "Bearer …"}
            autoComplete="off"
            value={row.value}
            style={{ flex: 1 }}
            onChange={(event) => change(row.id, { value: event.currentTarget.value })}
          />
          <Tooltip label="Remove header">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove header ${index + 1}`}
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
        Add header
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
        label="Payload"
        value={value === null ? "event" : "own"}
        onChange={(kind) => onChange(kind === "event" ? null : EXAMPLE)}
      >
        <Group mt={6}>
          <Radio value="event" label="The whole event" />
          <Radio value="own" label="Made of a template" />
        </Group>
      </Radio.Group>
      {value !== null && (
        <>
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              As it is taken by
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
            label="Template"
            description="JSON whose texts may hold {{ event.… }}. The event is what is sent without a template; a test shows what becomes of it."
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

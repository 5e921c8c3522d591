import {
  ActionIcon,
  Button,
  Card,
  Group,
  Menu,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Connector } from "../../api/connectors.ts";
import type { SettingInput } from "../../api/integrations.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { entriesOf, idFor, linesOf, sourcesFor, typeOf, typesFor } from "./settingTypes.ts";

const { settings: texts } = integrationsText;

interface Props {
  settings: SettingInput[];
  connector: Connector | undefined;
  errors: Record<string, string | undefined>;
  onChange: (settings: SettingInput[]) => void;
}

/** What customers are asked for, for all workflows of the integration. */
export function SettingsEditor({ settings, connector, errors, onChange }: Props) {
  const change = (index: number, next: SettingInput) =>
    onChange(settings.map((setting, at) => (at === index ? next : setting)));
  const move = (index: number, by: number) => {
    const next = [...settings];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    onChange(next);
  };
  const add = (type: string, label: string) => {
    const id = idFor(
      label,
      settings.map((setting) => setting.id),
    );
    const [source] = sourcesFor(connector, typeOf({ id, type })?.source);
    onChange([
      ...settings,
      {
        id,
        title: label,
        type,
        required: false,
        ...(source ? { sourceType: source.name } : {}),
        ...(type === "ENUM" ? { values: [{ value: "first", label: texts.firstEntry }] } : {}),
        ...(type === "FIELD_MAPPER" ? { savedFieldMappings: [{ label: commonText.email }] } : {}),
      },
    ]);
  };

  return (
    <Stack gap="sm">
      {settings.length === 0 && (
        <Text c="dimmed" size="sm">
          {texts.empty}
        </Text>
      )}
      {settings.map((setting, index) => (
        <SettingCard
          // biome-ignore lint/suspicious/noArrayIndexKey: the id itself is edited here
          key={index}
          setting={setting}
          connector={connector}
          error={(field) => errors[`settings[${index}].${field}`]}
          isFirst={index === 0}
          isLast={index === settings.length - 1}
          onChange={(next) => change(index, next)}
          onMove={(by) => move(index, by)}
          onRemove={() => onChange(settings.filter((_, at) => at !== index))}
        />
      ))}
      <Menu position="bottom-start" width={280}>
        <Menu.Target>
          <Button variant="default" leftSection={<Plus size={16} />} w="fit-content">
            {texts.add}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {typesFor(connector).map(({ type, label }) => (
            <Menu.Item key={type} onClick={() => add(type, label)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Stack>
  );
}

interface CardProps {
  setting: SettingInput;
  connector: Connector | undefined;
  error: (field: string) => string | undefined;
  isFirst: boolean;
  isLast: boolean;
  onChange: (next: SettingInput) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function SettingCard({ setting, connector, error, isFirst, isLast, onChange, onMove, onRemove }: CardProps) {
  const [folded, setFolded] = useState(true);
  const text = (key: string) => (typeof setting[key] === "string" ? (setting[key] as string) : "");
  const set = (key: string, value: SettingInput[string]) => {
    const { [key]: _, ...rest } = setting;
    // The id is there whatever is left out.
    onChange({ ...rest, ...(value === undefined || value === "" ? {} : { [key]: value }) } as SettingInput);
  };
  const kind = typeOf(setting);
  const sources = sourcesFor(connector, kind?.source);
  const name = setting.title || setting.id;
  return (
    <Card withBorder padding="sm" component="fieldset" m={0}>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={500} component="legend" truncate>
          {name}{" "}
          <Text span c="dimmed" size="sm">
            {kind?.label ?? setting.type}
          </Text>
        </Text>
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            aria-label={texts.up(name)}
            disabled={isFirst}
            onClick={() => onMove(-1)}
          >
            <ArrowUp size={16} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            aria-label={texts.down(name)}
            disabled={isLast}
            onClick={() => onMove(1)}
          >
            <ArrowDown size={16} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={commonText.removeNamed(name)}
            onClick={onRemove}
          >
            <Trash2 size={16} />
          </ActionIcon>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-expanded={!folded}
            onClick={() => setFolded(!folded)}
          >
            {folded ? commonText.edit : commonText.done}
          </Button>
        </Group>
      </Group>
      {(error("id") ?? error("title") ?? error("type")) && (
        <Text c="red" size="sm">
          {error("id") ?? error("title") ?? error("type")}
        </Text>
      )}
      {!folded && (
        <Stack gap="xs" mt="sm">
          <Group grow align="start">
            <TextInput
              label={texts.title}
              value={setting.title ?? ""}
              error={error("title")}
              onChange={(event) => onChange({ ...setting, title: event.currentTarget.value })}
            />
            <TextInput
              label={texts.id}
              description={texts.idAbout}
              inputWrapperOrder={["label", "input", "description", "error"]}
              value={setting.id}
              error={error("id")}
              onChange={(event) => onChange({ ...setting, id: event.currentTarget.value })}
            />
          </Group>
          <TextInput
            label={texts.hint}
            value={text("tooltip")}
            onChange={(event) => set("tooltip", event.currentTarget.value)}
          />
          {sources.length > 0 && (
            <Select
              label={texts.offers}
              data={sources.map((source) => ({ value: source.name, label: source.title }))}
              value={text("sourceType") || null}
              onChange={(value) => set("sourceType", value ?? undefined)}
              allowDeselect={false}
            />
          )}
          {setting.type === "ENUM" && (
            <Textarea
              label={texts.entries}
              description={texts.entriesAbout}
              autosize
              minRows={2}
              defaultValue={linesOf(setting.values)}
              onChange={(event) => set("values", entriesOf(event.currentTarget.value))}
            />
          )}
          {setting.type === "CUSTOM_DROPDOWN" && (
            <TextInput
              label={texts.key}
              description={texts.keyAbout(text("key") || setting.id)}
              placeholder={setting.id}
              value={text("key")}
              onChange={(event) => set("key", event.currentTarget.value)}
            />
          )}
          {setting.type === "FIELD_MAPPER" && (
            <Textarea
              label={texts.fields}
              description={texts.fieldsAbout}
              autosize
              minRows={2}
              defaultValue={linesOf(
                Array.isArray(setting.savedFieldMappings)
                  ? (setting.savedFieldMappings as { label: string }[]).map(({ label }) => label)
                  : [],
              )}
              onChange={(event) =>
                set(
                  "savedFieldMappings",
                  entriesOf(event.currentTarget.value).map(({ value }) => ({ label: value })),
                )
              }
            />
          )}
          {setting.type === "PERMISSION" && (
            <Textarea
              label={commonText.permissions}
              description={texts.permissionsAbout}
              autosize
              minRows={2}
              defaultValue={permissionLines(setting.scopes)}
              onChange={(event) =>
                set("scopes", {
                  values: entriesOf(event.currentTarget.value).map(({ value, label }) => ({
                    name: value,
                    description: label === value ? "" : label,
                  })),
                })
              }
            />
          )}
          {[
            "TEXT_NO_VARS",
            "TEXTAREA_NO_VARS",
            "NUMBER",
            "EMAIL",
            "URL",
            "ENUM",
            "COPYABLE_BUTTON_INPUT",
          ].includes(setting.type ?? "") && (
            <TextInput
              label={setting.type === "COPYABLE_BUTTON_INPUT" ? texts.text : texts.value}
              value={text("defaultValue")}
              onChange={(event) => set("defaultValue", event.currentTarget.value)}
            />
          )}
          {!["SWITCH", "BOOLEAN_INPUT", "COPYABLE_BUTTON_INPUT"].includes(setting.type ?? "") && (
            <Switch
              label={texts.required}
              checked={setting.required !== false}
              onChange={(event) => onChange({ ...setting, required: event.currentTarget.checked })}
            />
          )}
        </Stack>
      )}
    </Card>
  );
}

function permissionLines(scopes: unknown): string {
  const values =
    typeof scopes === "object" && scopes !== null ? (scopes as { values?: unknown }).values : undefined;
  if (!Array.isArray(values)) return "";
  return linesOf(
    values.map((scope: { name?: string; description?: string }) => ({
      value: scope.name ?? "",
      label: scope.description || scope.name,
    })),
  );
}

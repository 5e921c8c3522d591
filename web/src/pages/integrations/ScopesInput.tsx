import { Group, Stack, TagsInput, Text } from "@mantine/core";
import { integrationsText } from "../../texts/integrations.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";

interface ScopesInputProps {
  label: string;
  known: { name: string; description: string }[];
  value: string[];
  error?: string | undefined;
  onChange: (scopes: string[]) => void;
}

/** Scopes to choose from, and room for ones that the connector does not list. */
export function ScopesInput({ label, known, value, error, onChange }: ScopesInputProps) {
  const descriptions = new Map(known.map((scope) => [scope.name, scope.description]));
  return (
    <Group align="flex-end" gap={4} wrap="nowrap">
      <TagsInput
        style={{ flex: 1 }}
        label={label}
        data={known.map((scope) => scope.name)}
        value={value}
        error={error}
        splitChars={[",", " ", "\n"]}
        maxDropdownHeight={280}
        placeholder={value.length === 0 ? integrationsText.credentials.scopes.choose : ""}
        comboboxProps={{ shadow: "md" }}
        renderOption={({ option }) => (
          <Stack gap={0}>
            <Text className="mono">{option.value}</Text>
            <Text size="xs" c="dimmed">
              {descriptions.get(option.value)}
            </Text>
          </Stack>
        )}
        onChange={onChange}
      />
      <CopyButton value={value.join(" ")} label={integrationsText.credentials.scopes.copy(label)} />
    </Group>
  );
}

/** Where in a call something stands, and what must stand there. */
import { ActionIcon, Button, Group, Input, Select, Stack, Text, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import type { CallMatch, CallPlace } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

const texts = triggerFormsText.place;

type Kind = keyof typeof texts.kinds;

const KINDS = Object.entries(texts.kinds).map(([value, label]) => ({ value, label }));

function read(place: CallPlace): { kind: Kind; name: string } {
  if (place.header !== undefined) return { kind: "header", name: place.header };
  if (place.query !== undefined) return { kind: "query", name: place.query };
  return { kind: "body", name: place.body ?? "" };
}

interface PlaceInputProps {
  label: string;
  about?: string;
  place: CallPlace;
  problem: string | undefined;
  onChange: (place: CallPlace) => void;
}

export function PlaceInput({ label, about, place, problem, onChange }: PlaceInputProps) {
  return (
    <Input.Wrapper label={label} labelElement="div" description={about} error={problem}>
      <PlaceFields name={label} place={place} onChange={onChange} />
    </Input.Wrapper>
  );
}

function PlaceFields({
  name: what,
  place,
  onChange,
}: {
  name: string;
  place: CallPlace;
  onChange: (place: CallPlace) => void;
}) {
  const { kind, name } = read(place);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Select
        aria-label={texts.kindOf(what)}
        w={104}
        allowDeselect={false}
        data={KINDS}
        value={kind}
        onChange={(next) => next && onChange({ [next]: name })}
      />
      <TextInput
        aria-label={texts.nameOf(what)}
        style={{ flex: 1, minWidth: 0 }}
        placeholder={texts.examples[kind]}
        value={name}
        onChange={(event) => onChange({ [kind]: event.currentTarget.value })}
      />
    </Group>
  );
}

interface MatchesInputProps {
  label: string;
  matches: CallMatch[];
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (matches: CallMatch[]) => void;
}

export function MatchesInput({ label, matches, sources, problemAt, onChange }: MatchesInputProps) {
  const change = (at: number, next: CallMatch) =>
    onChange(matches.map((each, index) => (index === at ? next : each)));
  return (
    <Stack gap={8} role="group" aria-label={label}>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      {matches.map(({ equals, ...place }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no identity but their place
        <Group key={index} gap={6} wrap="nowrap" align="flex-start">
          <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
            <PlaceFields
              name={texts.nth(label, index + 1)}
              place={place}
              onChange={(next) => change(index, { ...next, equals })}
            />
            <VariableInput
              label={texts.valueOf(texts.nth(label, index + 1))}
              hideLabel
              placeholder={commonText.value}
              value={equals}
              sources={sources}
              error={problemAt(`${index}`) ?? null}
              onChange={(next) => change(index, { ...place, equals: next })}
            />
          </Stack>
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={4}
            aria-label={texts.remove(index + 1)}
            onClick={() => onChange(matches.filter((_, at) => at !== index))}
          >
            <X size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        leftSection={<Plus size={14} />}
        onClick={() => onChange([...matches, { body: "", equals: "" }])}
      >
        {texts.add}
      </Button>
    </Stack>
  );
}

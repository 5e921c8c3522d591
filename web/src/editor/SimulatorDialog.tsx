/** What the simulator of an integration holds, and what shall go wrong there: for tests without an account. */
import { Alert, Button, Group, Modal, Select, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Eraser, FlaskConical, Zap } from "lucide-react";
import { useState } from "react";
import { call } from "../api/client.ts";
import type { JsonObject } from "../api/json.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import { commonText } from "../texts/common.ts";
import { testingText } from "../texts/testing.tsx";
import { ErrorNotice } from "../ui/Notice.tsx";
import { RelativeTime } from "../ui/RelativeTime.tsx";
import { ListSkeleton } from "../ui/Skeletons.tsx";

const texts = testingText.simulator;

interface Fault {
  kind: "status" | "dropBefore" | "dropAfter";
  status?: number;
  retryAfterSeconds?: number;
  count?: number;
}

interface Simulator {
  collections: string[];
  faults: { next: Fault[] };
  calls: { total: number };
}

interface Records {
  total: number;
  results: { id: string; properties: JsonObject; createdAt: string }[];
}

/** What providers do to those who call them. */
const FAULTS: Record<keyof typeof texts.faults, Fault> = {
  limit: { kind: "status", status: 429, retryAfterSeconds: 10 },
  revoked: { kind: "status", status: 401 },
  scope: { kind: "status", status: 403 },
  broken: { kind: "status", status: 500 },
  before: { kind: "dropBefore" },
  after: { kind: "dropAfter" },
};

// The names of the record's type.
const FAULT_NAMES = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

interface SimulatorProps {
  projectId: string;
  integrationId: string;
  /** The provider's. */
  name: string;
}

export function SimulatorButton(props: SimulatorProps) {
  const [opened, dialog] = useDisclosure(false);
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        w="fit-content"
        leftSection={<FlaskConical size={14} />}
        onClick={dialog.open}
      >
        {texts.open}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={texts.title(props.name)} size="lg">
        <Contents {...props} />
      </Modal>
    </>
  );
}

function Contents({ projectId, integrationId, name }: SimulatorProps) {
  const path = `${at(projectId)}/integrations/${integrationId}/simulator`;
  const key = [projectId, "simulator", integrationId];
  const simulator = useQuery({ queryKey: key, queryFn: () => call<Simulator>("GET", path), staleTime: 0 });
  const [wanted, setWanted] = useState<string | null>(null);
  const [fault, setFault] = useState<keyof typeof FAULTS>("limit");
  const collection = wanted ?? simulator.data?.collections[0] ?? null;
  const fail = useChange(projectId, () => call("PATCH", path, { next: [FAULTS[fault]] }));
  const mend = useChange(projectId, () => call("PATCH", path, { reset: true }));
  const empty = useChange(projectId, () => call("DELETE", path));
  const waiting = simulator.data?.faults.next ?? [];
  if (simulator.error) return <ErrorNotice error={simulator.error} />;
  if (!simulator.data) return <ListSkeleton rows={3} height={32} />;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {texts.about}
      </Text>
      <Group align="flex-end" gap="xs">
        <Select
          label={texts.fault(name)}
          data={FAULT_NAMES.map((value) => ({ value, label: texts.faults[value] }))}
          value={fault}
          allowDeselect={false}
          onChange={(chosen) => setFault((before) => FAULT_NAMES.find((each) => each === chosen) ?? before)}
          style={{ flex: 1 }}
        />
        <Button
          variant="default"
          leftSection={<Zap size={14} />}
          loading={fail.isPending}
          onClick={() => fail.mutate(undefined)}
        >
          {texts.setFault}
        </Button>
      </Group>
      <ErrorNotice error={fail.error ?? mend.error ?? empty.error} />
      {waiting.length > 0 && (
        <Alert color="orange" p="xs" icon={<Zap size={16} />} role="status">
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{texts.waiting(name, waiting.map(wordsFor))}</Text>
            <Button size="compact-xs" variant="default" onClick={() => mend.mutate(undefined)}>
              {texts.takeBack}
            </Button>
          </Group>
        </Alert>
      )}
      <Group justify="space-between" align="flex-end">
        <Select
          label={commonText.records}
          data={simulator.data.collections}
          value={collection}
          allowDeselect={false}
          searchable
          onChange={setWanted}
        />
        <Button
          variant="default"
          leftSection={<Eraser size={14} />}
          loading={empty.isPending}
          onClick={() => empty.mutate(undefined)}
        >
          {texts.empty}
        </Button>
      </Group>
      {collection && <RecordList path={path} collection={collection} queryKey={key} />}
    </Stack>
  );
}

function wordsFor(fault: Fault): string {
  const same = (each: Fault) => each.kind === fault.kind && each.status === fault.status;
  const known = FAULT_NAMES.find((name) => same(FAULTS[name]));
  return known ? texts.faults[known] : texts.answers(fault.status);
}

interface RecordListProps {
  path: string;
  collection: string;
  queryKey: readonly unknown[];
}

function RecordList({ path, collection, queryKey }: RecordListProps) {
  const records = useQuery({
    queryKey: [...queryKey, collection],
    queryFn: () => call<Records>("GET", `${path}/records/${encodeURIComponent(collection)}`),
    staleTime: 0,
  });
  if (records.error) return <ErrorNotice error={records.error} />;
  if (!records.data) return <ListSkeleton rows={2} height={32} />;
  if (records.data.total === 0) {
    return (
      <Text size="sm" c="dimmed">
        {texts.noRecords(collection)}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={400} maxHeight={280}>
      <Table aria-label={collection} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.columns.id}</Table.Th>
            <Table.Th>{commonText.fields}</Table.Th>
            <Table.Th>{texts.columns.made}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...records.data.results].reverse().map((record) => (
            <Table.Tr key={record.id}>
              <Table.Td className="mono">{record.id}</Table.Td>
              <Table.Td>{fieldsOf(record.properties)}</Table.Td>
              <Table.Td>
                <RelativeTime at={record.createdAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function fieldsOf(properties: JsonObject): string {
  const filled = Object.entries(properties).filter(([, value]) => value !== null && value !== "");
  return filled
    .map(([name, value]) => texts.field(name, typeof value === "string" ? value : JSON.stringify(value)))
    .join(" · ");
}

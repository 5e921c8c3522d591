import { ActionIcon, Group, Stack, Table, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { call } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import type { Right } from "../../app/rights.ts";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";

interface Key {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

interface Props<K extends Key> {
  projectId: string;
  /** The noun in the address of the API. */
  noun: "api-keys" | "signing-keys";
  /** What it takes to make and end one. */
  right: Right;
  keys: UseQueryResult<K[]>;
  about: ReactNode;
  empty: { icon: ReactNode; title: string; text: string };
  /** Buttons that make a key. */
  make: ReactNode;
  /** Columns between the name and the times. */
  columns: { title: string; cell: (key: K) => ReactNode }[];
  /** Beside the button that ends a key. */
  tools?: (key: K) => ReactNode;
  /** The words of ending one. */
  end: {
    button: (name: string) => string;
    title: (name: string) => string;
    action: string;
    text: string;
  };
}

/** The keys of a project: what they are for, when they were used, and how one is ended. */
export function KeyList<K extends Key>(props: Props<K>) {
  const { projectId, noun, right, keys, about, empty, make, columns, tools, end } = props;
  const [ending, setEnding] = useState<K | null>(null);
  const close = () => setEnding(null);
  const remove = useChange(
    projectId,
    (key: K) => call("DELETE", `${at(projectId)}/${noun}/${key.id}`),
    close,
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text c="dimmed" maw={560}>
          {about}
        </Text>
        {keys.data && keys.data.length > 0 && make}
      </Group>
      <ErrorNotice error={keys.error} />
      {keys.isPending && <ListSkeleton />}
      {keys.data?.length === 0 && (
        <EmptyState icon={empty.icon} title={empty.title} action={make}>
          {empty.text}
        </EmptyState>
      )}
      {keys.data && keys.data.length > 0 && (
        <Table.ScrollContainer minWidth={680}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{commonText.name}</Table.Th>
                {columns.map(({ title }) => (
                  <Table.Th key={title}>{title}</Table.Th>
                ))}
                <Table.Th>{settingsKeysText.list.created}</Table.Th>
                <Table.Th>{settingsKeysText.list.lastUsed}</Table.Th>
                <ActionsHeader width={80} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.data.map((key) => (
                <Table.Tr key={key.id}>
                  <Table.Td fw={500}>{key.name}</Table.Td>
                  {columns.map(({ title, cell }) => (
                    <Table.Td key={title}>{cell(key)}</Table.Td>
                  ))}
                  <Table.Td>
                    <RelativeTime at={key.createdAt} />
                  </Table.Td>
                  <Table.Td>
                    <RelativeTime at={key.lastUsedAt} />
                  </Table.Td>
                  <Table.Td>
                    <Group gap={0} justify="flex-end" wrap="nowrap">
                      {tools?.(key)}
                      <Allowed to={right}>
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={end.button(key.name)}
                          onClick={() => {
                            remove.reset();
                            setEnding(key);
                          }}
                        >
                          <Trash2 size={16} />
                        </ActionIcon>
                      </Allowed>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {ending && (
        <Confirm
          opened
          title={end.title(ending.name)}
          action={end.action}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(ending)}
          onClose={close}
        >
          {end.text}
        </Confirm>
      )}
    </Stack>
  );
}

import { ActionIcon, Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeySquare, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { apiKeysQuery, at } from "../../api/queries.ts";
import type { ApiKey, NewApiKey } from "../../api/types.ts";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";

type Open = { kind: "create" } | { kind: "delete"; key: ApiKey } | null;

export function ApiKeysTab({ projectId }: { projectId: string }) {
  const keys = useQuery(apiKeysQuery(projectId));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const remove = useChange(
    projectId,
    (key: ApiKey) => call("DELETE", `${at(projectId)}/api-keys/${key.id}`),
    close,
  );
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setOpen({ kind: "create" })}>
      Create API key
    </Button>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text c="dimmed" maw={560}>
          For your backend and the command line: `linchpin apply --server` and the management API. Only a hash
          of each key is stored.
        </Text>
        {keys.data && keys.data.length > 0 && create}
      </Group>
      <ErrorNotice error={keys.error} />
      {keys.isPending && <ListSkeleton />}
      {keys.data?.length === 0 && (
        <EmptyState icon={<KeySquare size={22} />} title="No API keys yet" action={create}>
          Create one to apply a project file to this server, or to read runs from your own tools.
        </EmptyState>
      )}
      {keys.data && keys.data.length > 0 && (
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Begins with</Table.Th>
              <Table.Th>Created</Table.Th>
              <Table.Th>Last used</Table.Th>
              <Table.Th aria-label="Actions" w={48} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {keys.data.map((key) => (
              <Table.Tr key={key.id}>
                <Table.Td fw={500}>{key.name}</Table.Td>
                <Table.Td className="mono">{key.prefix}…</Table.Td>
                <Table.Td>
                  <RelativeTime at={key.createdAt} />
                </Table.Td>
                <Table.Td>
                  <RelativeTime at={key.lastUsedAt} />
                </Table.Td>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Revoke ${key.name}`}
                    onClick={() => {
                      remove.reset();
                      setOpen({ kind: "delete", key });
                    }}
                  >
                    <Trash2 size={16} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {open?.kind === "create" && <CreateApiKeyDialog projectId={projectId} onClose={close} />}
      {open?.kind === "delete" && (
        <Confirm
          opened
          title={`Revoke ${open.key.name}?`}
          action="Revoke key"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(open.key)}
          onClose={close}
        >
          What uses this key is refused at once.
        </Confirm>
      )}
    </Stack>
  );
}

function CreateApiKeyDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const create = useChange(projectId, () => call<NewApiKey>("POST", `${at(projectId)}/api-keys`, { name }));
  const error = fieldsOf(create.error).name;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate(undefined);
  }

  return (
    <Modal opened onClose={onClose} title={create.data ? "Your API key" : "Create an API key"} centered>
      {create.data ? (
        <Stack>
          <Hint>Copy it now: it cannot be shown again.</Hint>
          <CodeBlock code={create.data.key} label="Copy API key" wrap />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label="Key name"
              placeholder="Continuous integration"
              required
              data-autofocus
              value={name}
              error={error}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {!error && <ErrorNotice error={create.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Create key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

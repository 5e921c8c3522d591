import { ActionIcon, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, signingKeysQuery } from "../../api/queries.ts";
import type { SigningKey } from "../../api/types.ts";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { AddPublicKeyDialog } from "./AddPublicKeyDialog.tsx";
import { GenerateKeyDialog } from "./GenerateKeyDialog.tsx";

type Open = { kind: "generate" | "add" } | { kind: "delete"; key: SigningKey } | null;

export function SigningKeysTab({ projectId }: { projectId: string }) {
  const keys = useQuery(signingKeysQuery(projectId));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const remove = useChange(
    projectId,
    (key: SigningKey) => call("DELETE", `${at(projectId)}/signing-keys/${key.id}`),
    close,
  );
  const buttons = (
    <Group gap="xs">
      <Button variant="default" leftSection={<Upload size={16} />} onClick={() => setOpen({ kind: "add" })}>
        Add public key
      </Button>
      <Button leftSection={<Plus size={16} />} onClick={() => setOpen({ kind: "generate" })}>
        Generate key
      </Button>
    </Group>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text c="dimmed" maw={560}>
          Your backend signs each user's token with the private half of a signing key. Linchpin keeps the
          public half only, to check tokens.
        </Text>
        {keys.data && keys.data.length > 0 && buttons}
      </Group>
      <ErrorNotice error={keys.error} />
      {keys.isPending && <ListSkeleton />}
      {keys.data?.length === 0 && (
        <EmptyState icon={<KeyRound size={22} />} title="No signing keys yet" action={buttons}>
          Generate one, or add the public half of a key that you have.
        </EmptyState>
      )}
      {keys.data && keys.data.length > 0 && (
        <Table.ScrollContainer minWidth={680}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Key id</Table.Th>
                <Table.Th>Fingerprint</Table.Th>
                <Table.Th>Created</Table.Th>
                <Table.Th>Last used</Table.Th>
                <Table.Th aria-label="Actions" w={80} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.data.map((key) => (
                <Table.Tr key={key.id}>
                  <Table.Td fw={500}>{key.name}</Table.Td>
                  <Table.Td>
                    <Shortened value={key.kid} label={`Copy key id of ${key.name}`} />
                  </Table.Td>
                  <Table.Td>
                    <Shortened value={key.fingerprint} label={`Copy fingerprint of ${key.name}`} />
                  </Table.Td>
                  <Table.Td>
                    <RelativeTime at={key.createdAt} />
                  </Table.Td>
                  <Table.Td>
                    <RelativeTime at={key.lastUsedAt} />
                  </Table.Td>
                  <Table.Td>
                    <Group gap={0} justify="flex-end" wrap="nowrap">
                      <CopyButton value={key.publicKey} label={`Copy public key of ${key.name}`} />
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={`Delete ${key.name}`}
                        onClick={() => {
                          remove.reset();
                          setOpen({ kind: "delete", key });
                        }}
                      >
                        <Trash2 size={16} />
                      </ActionIcon>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {open?.kind === "generate" && <GenerateKeyDialog projectId={projectId} onClose={close} />}
      {open?.kind === "add" && <AddPublicKeyDialog projectId={projectId} onClose={close} />}
      {open?.kind === "delete" && (
        <Confirm
          opened
          title={`Delete ${open.key.name}?`}
          action="Delete key"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(open.key)}
          onClose={close}
        >
          Tokens that were signed with this key are refused at once. Users come back with a token that another
          key signed.
        </Confirm>
      )}
    </Stack>
  );
}

function Shortened({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={2} wrap="nowrap">
      <Text className="mono" title={value}>
        {value.length > 18 ? `${value.slice(0, 17)}…` : value}
      </Text>
      <CopyButton value={value} label={label} />
    </Group>
  );
}

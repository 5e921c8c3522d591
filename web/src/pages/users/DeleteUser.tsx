/** Deleting a connected user with everything that is stored of the user, and the proof that it is gone. */
import { Alert, Button, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import { call } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { RemovedUser, UserDetail } from "../../api/users.ts";
import { Confirm } from "../../ui/Confirm.tsx";
import { downloadText } from "../../ui/download.ts";
import { ButtonLink } from "../../ui/links.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";

interface DeleteUserProps {
  projectId: string;
  user: UserDetail;
  onDeleted: (removed: RemovedUser) => void;
  onClose: () => void;
}

export function DeleteUser({ projectId, user, onDeleted, onClose }: DeleteUserProps) {
  const remove = useChange(
    projectId,
    () => call<RemovedUser>("DELETE", `${at(projectId)}/users/${user.id}`),
    onDeleted,
  );
  const { accounts, workflowsOn } = user;
  return (
    <Confirm
      opened
      title={`Delete ${user.name ?? user.userId}?`}
      action="Delete user for good"
      typed={user.userId}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text>Everything that is stored of this user is erased, and there is no way back:</Text>
        <List size="sm">
          <List.Item>
            {accounts.length === 1 ? "1 account" : `${accounts.length} accounts`}, revoked at the provider
            where it offers that, with settings;{" "}
            {workflowsOn === 1 ? "1 workflow" : `${workflowsOn} workflows`} stop
          </List.Item>
          <List.Item>App Events and webhooks that were received for the user, with their data</List.Item>
          <List.Item>
            Runs in Task History, with every input and output; unfinished ones are cancelled
          </List.Item>
          <List.Item>Name, email and other metadata</List.Item>
        </List>
        <Text size="sm" c="dimmed">
          What was written into the user's own systems stays there. If your app sends a token for this user
          again, the user comes back as a new one, without anything.
        </Text>
      </Stack>
    </Confirm>
  );
}

const TABLES: [keyof RemovedUser["removed"], string][] = [
  ["connectedUsers", "User, with metadata"],
  ["credentials", "Accounts, with tokens"],
  ["configurations", "Configurations, with settings"],
  ["enablements", "Workflows switched on or off"],
  ["runs", "Runs"],
  ["journal", "Inputs, outputs and exchanges of steps"],
  ["receivedEvents", "Received events, with payloads"],
  ["syncRecords", "Synced records"],
  ["syncAccounts", "Positions of syncs"],
  ["pins", "Outputs kept for tests"],
  ["webhookDeliveries", "Webhooks in the inbox"],
  ["hookRegistrations", "Hooks at providers"],
  ["connectSessions", "Attempts to connect"],
  ["pollCursors", "Polling positions"],
  ["idempotencyKeys", "Idempotency keys"],
];

const REVOCATIONS: Record<string, { state: string; text: string }> = {
  revoked: { state: "revoked", text: "The provider has forgotten the grant." },
  notOffered: {
    state: "not_offered",
    text: "The provider has no address for that; the account is deleted here.",
  },
  failed: { state: "not_told", text: "The provider could not be told; the account is deleted here." },
};

/** In the place of the user's page: what was erased, counted by the database afterwards. */
export function DeletedUser({ projectId, removed }: { projectId: string; removed: RemovedUser }) {
  const gone = removed.left === 0;
  return (
    <Stack component="section" aria-label="Proof of erasure" maw={680}>
      <Alert
        color={gone ? "green" : "red"}
        icon={gone ? <CircleCheck size={18} /> : <TriangleAlert size={18} />}
        title={gone ? "Nothing is left of this user" : `${removed.left} rows are left`}
        role="status"
      >
        {gone
          ? "Afterwards the database was searched for the user again: 0 rows name the user."
          : "Delete the user again to take up what was not finished."}
      </Alert>
      {removed.accounts.length > 0 && (
        <>
          <Title order={2}>Accounts</Title>
          {removed.accounts.map((account) => {
            const { state, text } = REVOCATIONS[account.revocation] ?? { state: "not_offered", text: "" };
            return (
              <Group key={account.credentialId} gap="sm">
                <ConnectorIcon url={iconOf(account.integrationType)} size={20} />
                <Text>{account.integrationType}</Text>
                <StateBadge state={state} />
                <Text size="sm" c="dimmed">
                  {text} {account.message ?? ""}
                </Text>
              </Group>
            );
          })}
        </>
      )}
      <Title order={2}>Erased</Title>
      <Table aria-label="Erased rows" verticalSpacing={6}>
        <Table.Tbody>
          {TABLES.map(([key, title]) => (
            <Table.Tr key={key}>
              <Table.Td>{title}</Table.Td>
              <Table.Td ta="right">{removed.removed[key] ?? 0}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group>
        <Button
          variant="default"
          leftSection={<Download size={16} />}
          onClick={() => downloadText(`erasure-${removed.id}.json`, `${JSON.stringify(removed, null, 2)}\n`)}
        >
          Download this proof
        </Button>
        <ButtonLink to="/p/$projectId/users" params={{ projectId }}>
          Back to users
        </ButtonLink>
      </Group>
    </Stack>
  );
}

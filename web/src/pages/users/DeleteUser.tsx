/** Deleting a connected user with everything that is stored of the user, and the proof that it is gone. */
import { Alert, Button, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import { call } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import type { RemovedUser, UserDetail } from "../../api/users.ts";
import { commonText } from "../../texts/common.ts";
import { usersText } from "../../texts/users.tsx";
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
      title={commonText.deleteAsked(user.name ?? user.userId)}
      action={usersText.deleting.action}
      typed={user.userId}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text>{usersText.deleting.erased}</Text>
        <List size="sm">
          <List.Item>{usersText.deleting.accounts(accounts.length, workflowsOn)}</List.Item>
          <List.Item>{usersText.deleting.events}</List.Item>
          <List.Item>{usersText.deleting.runs}</List.Item>
          <List.Item>{usersText.deleting.metadata}</List.Item>
        </List>
        <Text size="sm" c="dimmed">
          {usersText.deleting.stays}
        </Text>
      </Stack>
    </Confirm>
  );
}

/** What was erased, in the order in which it is shown. */
const TABLES: (keyof RemovedUser["removed"])[] = [
  "connectedUsers",
  "credentials",
  "configurations",
  "enablements",
  "runs",
  "journal",
  "receivedEvents",
  "syncRecords",
  "syncAccounts",
  "pins",
  "webhookDeliveries",
  "hookRegistrations",
  "connectSessions",
  "pollCursors",
  "idempotencyKeys",
];

const REVOCATIONS: Record<string, { state: string; text: string }> = {
  revoked: { state: "revoked", text: usersText.proof.revoked },
  notOffered: {
    state: "not_offered",
    text: usersText.proof.revokingNotOffered,
  },
  failed: { state: "not_told", text: usersText.proof.revokingFailed },
};

/** In the place of the user's page: what was erased, counted by the database afterwards. */
export function DeletedUser({ projectId, removed }: { projectId: string; removed: RemovedUser }) {
  const gone = removed.left === 0;
  return (
    <Stack component="section" aria-label={usersText.proof.label} maw={680}>
      <Alert
        color={gone ? "green" : "red"}
        icon={gone ? <CircleCheck size={18} /> : <TriangleAlert size={18} />}
        title={gone ? usersText.proof.gone : usersText.proof.left(removed.left)}
        role="status"
      >
        {gone ? usersText.proof.goneText : usersText.proof.leftText}
      </Alert>
      {removed.accounts.length > 0 && (
        <>
          <Title order={2}>{usersText.accounts}</Title>
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
      <Title order={2}>{usersText.proof.erased}</Title>
      <Table aria-label={usersText.proof.rows} verticalSpacing={6}>
        <Table.Tbody>
          {TABLES.map((key) => (
            <Table.Tr key={key}>
              <Table.Td>{usersText.proof.tables[key]}</Table.Td>
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
          {usersText.proof.download}
        </Button>
        <ButtonLink to="/p/$projectId/users" params={{ projectId }}>
          {usersText.proof.back}
        </ButtonLink>
      </Group>
    </Stack>
  );
}

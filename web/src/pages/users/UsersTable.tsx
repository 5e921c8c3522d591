import { Badge, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import type { User } from "../../api/users.ts";
import { commonText } from "../../texts/common.ts";
import { usersText } from "../../texts/users.tsx";
import { TextLink } from "../../ui/links.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";
import { ConnectorIcon, iconOf } from "../integrations/ConnectorIcon.tsx";

export function UsersTable({ projectId, users }: { projectId: string; users: User[] }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{commonText.user}</Table.Th>
            <Table.Th>{usersText.accounts}</Table.Th>
            <Table.Th ta="right">{usersText.list.workflowsOn}</Table.Th>
            <Table.Th>{usersText.list.lastSeen}</Table.Th>
            <Table.Th>{usersText.list.firstSeen}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id}>
              <Table.Td>
                <Stack gap={0}>
                  <Group gap="xs">
                    <TextLink
                      fw={500}
                      to="/p/$projectId/users/$userId"
                      params={{ projectId, userId: user.id }}
                    >
                      {user.name ?? user.userId}
                    </TextLink>
                    {user.disabled && (
                      <Badge color="red" variant="light" radius="sm" tt="none">
                        {usersText.disabled}
                      </Badge>
                    )}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {user.email ?? (user.name ? user.userId : "")}
                  </Text>
                </Stack>
              </Table.Td>
              <Table.Td>
                {user.accounts.length === 0 ? (
                  <Text size="sm" c="dimmed">
                    {usersText.list.noAccounts}
                  </Text>
                ) : (
                  <Group gap="sm">
                    {user.accounts.map((account) => (
                      <Tooltip key={account.credentialId} label={stateLook(account.status).word}>
                        <Group gap={6} wrap="nowrap">
                          <ConnectorIcon url={iconOf(account.integrationType)} size={18} />
                          <Text
                            size="sm"
                            c={
                              account.status.toLowerCase() === "valid"
                                ? undefined
                                : "var(--mantine-color-error)"
                            }
                          >
                            {account.label ?? stateLook(account.status).word}
                          </Text>
                        </Group>
                      </Tooltip>
                    ))}
                  </Group>
                )}
              </Table.Td>
              <Table.Td ta="right">{user.workflowsOn}</Table.Td>
              <Table.Td>
                <RelativeTime at={user.lastSeenAt} />
              </Table.Td>
              <Table.Td>
                <RelativeTime at={user.createdAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Who did what, when. Lines can be neither changed nor removed. */
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { auditLogQuery } from "../../api/queries.ts";
import { useMay } from "../../app/rights.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { NoPermission } from "../../ui/NoPermission.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { Pager } from "../runs/Pager.tsx";

export function AuditLogTab({ projectId }: { projectId: string }) {
  if (!useMay("administer").ok) return <NoPermission needs="Admin" what="The audit log says who did what." />;
  return <AuditLog projectId={projectId} />;
}

function AuditLog({ projectId }: { projectId: string }) {
  const { cursor } = useSearch({ from: "/p/$projectId/settings/$tab" });
  const log = useQuery(auditLogQuery(projectId, cursor));
  const list = log.data?.items ?? [];
  return (
    <Stack>
      <Text c="dimmed" maw={560}>
        Everything that people and API keys changed in this project. Lines can be neither changed nor removed.
      </Text>
      <ErrorNotice error={log.error} />
      {log.isPending && <ListSkeleton />}
      {log.data && list.length === 0 && (
        <EmptyState icon={<ScrollText size={22} />} title="Nothing was changed yet">
          The first change in this project will stand here.
        </EmptyState>
      )}
      {list.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing={7} aria-label="Audit log">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>To what</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td>
                    <RelativeTime at={entry.at} />
                  </Table.Td>
                  <Table.Td>{entry.actor.name}</Table.Td>
                  <Table.Td>{entry.title}</Table.Td>
                  <Table.Td>
                    <Text size="sm" className={entry.subject?.name ? undefined : "mono"} c="dimmed">
                      {entry.subject ? (entry.subject.name ?? entry.subject.id) : ""}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Pager isOlder={cursor !== undefined} nextCursor={log.data?.nextCursor} />
    </Stack>
  );
}

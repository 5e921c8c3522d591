/** Who did what, when. Lines can be neither changed nor removed. */
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { auditLogQuery } from "../../api/queries.ts";
import { useMay } from "../../app/rights.ts";
import { commonText } from "../../texts/common.ts";
import { settingsText } from "../../texts/settings.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { NoPermission } from "../../ui/NoPermission.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { Pager } from "../runs/Pager.tsx";

const { audit: text } = settingsText;

export function AuditLogTab({ projectId }: { projectId: string }) {
  if (!useMay("administer").ok)
    return <NoPermission needs={commonText.roles.admin.title} what={text.noPermission} />;
  return <AuditLog projectId={projectId} />;
}

function AuditLog({ projectId }: { projectId: string }) {
  const { cursor } = useSearch({ from: "/p/$projectId/settings/$tab" });
  const log = useQuery(auditLogQuery(projectId, cursor));
  const list = log.data?.items ?? [];
  return (
    <Stack>
      <Text c="dimmed" maw={560}>
        {text.about}
      </Text>
      <ErrorNotice error={log.error} />
      {log.isPending && <ListSkeleton />}
      {log.data && list.length === 0 && (
        <EmptyState icon={<ScrollText size={22} />} title={text.empty}>
          {text.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing={7} aria-label={settingsText.tabs["audit-log"]}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{commonText.when}</Table.Th>
                <Table.Th>{text.columns.who}</Table.Th>
                <Table.Th>{text.columns.what}</Table.Th>
                <Table.Th>{text.columns.subject}</Table.Th>
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

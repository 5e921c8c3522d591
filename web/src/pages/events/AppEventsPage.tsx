import { ActionIcon, Alert, Button, Group, Menu, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Ellipsis, Pencil, Plus, Radio, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { AppEvent } from "../../api/events.ts";
import { appEventsQuery } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { DeleteDialog } from "../../app/DeleteDialog.tsx";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { eventsText } from "../../texts/events.tsx";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { AppEventDialog } from "./AppEventDialog.tsx";
import { LatestReceived } from "./LatestReceived.tsx";

type Open = { kind: "create"; name?: string } | { kind: "edit" | "delete"; event: AppEvent } | null;

export function AppEventsPage() {
  const { projectId } = useParams({ from: "/p/$projectId/app-events" });
  const events = useQuery({ ...appEventsQuery(projectId), refetchInterval: 3000 });
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const create = (
    <Allowed to="design">
      <Button leftSection={<Plus size={16} />} onClick={() => setOpen({ kind: "create" })}>
        {commonText.createAppEvent}
      </Button>
    </Allowed>
  );
  const list = events.data?.items ?? [];
  const unknown = events.data?.unknown ?? [];

  return (
    <Page>
      <PageHeader title={commonText.appEvents} description={eventsText.list.about}>
        {list.length > 0 && create}
      </PageHeader>
      <ErrorNotice error={events.error} />
      {events.isPending && <ListSkeleton />}
      {unknown.length > 0 && (
        <Alert color="yellow" icon={<TriangleAlert size={18} />} title={eventsText.unknown.title} mb="md">
          {unknown.map((seen) => (
            <Group key={seen.name} justify="space-between" py={2}>
              <Text size="sm">
                {eventsText.unknown.seen(seen.name, seen.count, <RelativeTime at={seen.lastReceivedAt} />)}
              </Text>
              <Allowed to="design">
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => setOpen({ kind: "create", name: seen.name })}
                >
                  {eventsText.unknown.create}
                </Button>
              </Allowed>
            </Group>
          ))}
        </Alert>
      )}
      {events.data && list.length === 0 && (
        <EmptyState icon={<Radio size={22} />} title={eventsText.list.empty} action={create}>
          {eventsText.list.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && (
        <Table.ScrollContainer minWidth={700}>
          <Table highlightOnHover verticalSpacing="sm" aria-label={commonText.appEvents}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{commonText.appEvent}</Table.Th>
                <Table.Th>{commonText.fields}</Table.Th>
                <Table.Th>{commonText.usedBy}</Table.Th>
                <Table.Th>{eventsText.list.lastReceived}</Table.Th>
                <ActionsHeader width={48} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((event) => (
                <Table.Tr key={event.id}>
                  <Table.Td>
                    <Group gap={4} wrap="nowrap">
                      <Text fw={500}>{event.name}</Text>
                      <CopyButton value={event.name} label={eventsText.list.copyName(event.name)} />
                    </Group>
                  </Table.Td>
                  <Table.Td maw={280}>
                    <Text className="mono" c="dimmed" truncate>
                      {Object.keys(event.example).join(", ") || eventsText.list.noFields}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <UsedBy projectId={projectId} event={event} />
                  </Table.Td>
                  <Table.Td>
                    <RelativeTime at={event.lastReceivedAt} />
                    {event.lastReceivedAt && event.usedBy.length === 0 && (
                      <TextLink
                        size="xs"
                        display="block"
                        to="/p/$projectId/task-history/events"
                        params={{ projectId }}
                        search={{ name: event.name }}
                      >
                        {eventsText.list.nobodyListens}
                      </TextLink>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={eventsText.list.actionsFor(event.name)}
                        >
                          <Ellipsis size={16} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Allowed to="design">
                          <Menu.Item
                            leftSection={<Pencil size={14} />}
                            onClick={() => setOpen({ kind: "edit", event })}
                          >
                            {commonText.edit}
                          </Menu.Item>
                        </Allowed>
                        <Allowed to="design">
                          <Menu.Item
                            color="red"
                            leftSection={<Trash2 size={14} />}
                            onClick={() => setOpen({ kind: "delete", event })}
                          >
                            {commonText.delete}
                          </Menu.Item>
                        </Allowed>
                      </Menu.Dropdown>
                    </Menu>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <LatestReceived projectId={projectId} />
      {(open?.kind === "create" || open?.kind === "edit") && (
        <AppEventDialog
          projectId={projectId}
          opened
          event={open.kind === "edit" ? open.event : undefined}
          startName={open.kind === "create" ? (open.name ?? "") : ""}
          onClose={close}
        />
      )}
      {open?.kind === "delete" && (
        <DeleteDialog
          projectId={projectId}
          what={commonText.appEvent}
          name={open.event.name}
          path={`app-events/${open.event.id}`}
          usedBy={open.event.usedBy}
          loses={eventsText.deleting.loses}
          onClose={close}
        >
          {eventsText.deleting.about}
        </DeleteDialog>
      )}
    </Page>
  );
}

function UsedBy({ projectId, event }: { projectId: string; event: AppEvent }) {
  if (event.usedBy.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {commonText.noWorkflow}
      </Text>
    );
  }
  return (
    <Group gap="xs">
      {event.usedBy.map((use) => (
        <TextLink
          key={use.workflowId}
          size="sm"
          to="/p/$projectId/workflows/$workflowId"
          params={{ projectId, workflowId: use.workflowId }}
        >
          {use.name}
        </TextLink>
      ))}
    </Group>
  );
}

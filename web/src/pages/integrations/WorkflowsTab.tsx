import { Button, Group, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Plus, Workflow as WorkflowIcon } from "lucide-react";
import type { Integration } from "../../api/integrations.ts";
import { workflowsQuery } from "../../api/queries.ts";
import type { Trigger } from "../../api/triggers.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { triggerText } from "../../editor/model/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { WorkflowDialog } from "./WorkflowDialog.tsx";

const { workflows: text } = integrationsText;

export function WorkflowsTab({ projectId, integration }: { projectId: string; integration: Integration }) {
  const workflows = useQuery(workflowsQuery(projectId, integration.id));
  const [creating, dialog] = useDisclosure(false);
  const create = (
    <Allowed to="design">
      <Button leftSection={<Plus size={16} />} onClick={dialog.open}>
        {commonText.createWorkflow}
      </Button>
    </Allowed>
  );
  return (
    <>
      <ErrorNotice error={workflows.error} />
      {workflows.isPending && <ListSkeleton />}
      {workflows.data?.length === 0 && (
        <EmptyState icon={<WorkflowIcon size={22} />} title={text.empty} action={create}>
          {text.emptyText(integration.name)}
        </EmptyState>
      )}
      {workflows.data && workflows.data.length > 0 && (
        <>
          <Group justify="flex-end" mb="sm">
            {create}
          </Group>
          <Table.ScrollContainer minWidth={640}>
            <Table highlightOnHover verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{commonText.workflow}</Table.Th>
                  <Table.Th>{commonText.state}</Table.Th>
                  <Table.Th>{commonText.trigger}</Table.Th>
                  <Table.Th ta="right">{commonText.steps}</Table.Th>
                  <Table.Th ta="right">{text.columns.usersOn}</Table.Th>
                  <Table.Th>{text.columns.changed}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {workflows.data.map((workflow) => (
                  <Table.Tr key={workflow.id}>
                    <Table.Td>
                      <TextLink
                        fw={500}
                        to="/p/$projectId/workflows/$workflowId"
                        params={{ projectId, workflowId: workflow.id }}
                      >
                        {workflow.name}
                      </TextLink>
                      {workflow.description && (
                        <Text size="xs" c="dimmed">
                          {workflow.description}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <StateBadge state={workflow.state} />
                    </Table.Td>
                    <Table.Td>
                      {workflow.trigger ? (
                        triggerLine(workflow.trigger)
                      ) : (
                        <Text span c="dimmed" size="sm">
                          {text.noTrigger}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td ta="right">{workflow.stepCount}</Table.Td>
                    <Table.Td ta="right">{workflow.usersEnabled}</Table.Td>
                    <Table.Td>
                      <RelativeTime at={workflow.updatedAt} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
      <WorkflowDialog
        projectId={projectId}
        integrationId={integration.id}
        opened={creating}
        onClose={dialog.close}
      />
    </>
  );
}

function triggerLine(trigger: Trigger): string {
  const { title, summary } = triggerText(trigger);
  return trigger.appEvent ?? text.trigger(title, summary);
}

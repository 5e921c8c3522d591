/** The filters of the list of runs. They are the address: what is seen can be sent to a colleague. */
import { ActionIcon, Button, Group, Select, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { RunFilter } from "../../api/history.ts";
import { integrationsQuery, workflowsQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { stateLook } from "../../ui/StateBadge.tsx";
import { PeriodFilter } from "./PeriodFilter.tsx";
import { UserFilter } from "./UserFilter.tsx";

const states = ["queued", "running", "waiting", "in_doubt", "succeeded", "failed", "cancelled"];

interface RunFiltersProps {
  projectId: string;
  filter: RunFilter;
  onChange: (filter: RunFilter) => void;
}

export function RunFilters({ projectId, filter, onChange }: RunFiltersProps) {
  const workflows = useQuery(workflowsQuery(projectId)).data ?? [];
  const integrations = useQuery(integrationsQuery(projectId)).data ?? [];
  // Another question begins at its newest answer.
  const set = (change: RunFilter) => onChange({ ...filter, ...change, cursor: undefined });
  const filtered = Object.entries(filter).some(([name, value]) => name !== "cursor" && value !== undefined);
  return (
    <Group mb="md" gap="xs">
      <TextFilter value={filter.text} onChange={(text) => set({ text })} />
      <Select
        aria-label={commonText.state}
        placeholder={runsText.filters.anyState}
        clearable
        w={140}
        data={states.map((state) => ({ value: state, label: stateLook(state).word }))}
        value={filter.state ?? null}
        onChange={(state) => set({ state: state ?? undefined })}
      />
      <Select
        aria-label={commonText.workflow}
        placeholder={runsText.filters.anyWorkflow}
        clearable
        searchable
        w={190}
        data={workflows.map((workflow) => ({ value: workflow.id, label: workflow.name }))}
        value={filter.workflowId ?? null}
        onChange={(workflowId) => set({ workflowId: workflowId ?? undefined })}
      />
      <UserFilter projectId={projectId} value={filter.userId} onChange={(userId) => set({ userId })} />
      {(integrations.length > 1 || filter.integrationId) && (
        <Select
          aria-label={commonText.integration}
          placeholder={runsText.filters.anyIntegration}
          clearable
          w={170}
          data={integrations.map((integration) => ({ value: integration.id, label: integration.name }))}
          value={filter.integrationId ?? null}
          onChange={(integrationId) => set({ integrationId: integrationId ?? undefined })}
        />
      )}
      <PeriodFilter filter={filter} onChange={set} />
      {filter.event && (
        <Button
          variant="light"
          rightSection={<X size={14} aria-hidden />}
          aria-label={runsText.filters.removeEvent(filter.event)}
          onClick={() => set({ event: undefined })}
        >
          {runsText.filters.event(filter.event)}
        </Button>
      )}
      {filtered && (
        // As small as this it has room in the line: the list stays where it is when a filter is set.
        <Tooltip label={runsText.filters.clear}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={runsText.filters.clear}
            onClick={() => onChange({})}
          >
            <X size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}

/** Goes into the address when the typing pauses. */
function TextFilter(props: { value: string | undefined; onChange: (text: string | undefined) => void }) {
  const [typed, setTyped] = useState(props.value ?? "");
  const send = useDebouncedCallback((text: string) => props.onChange(text.trim() || undefined), 300);
  // “Clear filters” and the back button change the address, not the field.
  const inAddress = props.value ?? "";
  useEffect(() => {
    setTyped((text) => (text.trim() === inAddress ? text : inAddress));
  }, [inAddress]);
  return (
    <TextInput
      aria-label={runsText.filters.search}
      placeholder={runsText.filters.searchFor}
      leftSection={<Search size={16} aria-hidden />}
      w={230}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}

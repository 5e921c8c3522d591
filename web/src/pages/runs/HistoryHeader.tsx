/** The head of Task History's three lists: what ran, what arrived, what providers sent in vain. */
import { Group, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { projectQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { keptFor } from "./retention.ts";

const lists = {
  runs: {
    text: runsText.lists.runs,
    to: "/p/$projectId/task-history",
  },
  events: {
    text: runsText.lists.events,
    to: "/p/$projectId/task-history/events",
  },
  webhooks: {
    text: runsText.lists.webhooks,
    to: "/p/$projectId/task-history/webhooks",
  },
} as const;

interface HistoryHeaderProps {
  projectId: string;
  list: keyof typeof lists;
  /** Whether the list keeps itself fresh just now. */
  live: boolean;
  children?: ReactNode;
}

export function HistoryHeader({ projectId, list, live, children }: HistoryHeaderProps) {
  const navigate = useNavigate();
  const project = useQuery(projectQuery(projectId)).data;
  const kept = project ? keptFor(project.retentionSeconds ?? null) : "";
  return (
    <>
      <PageHeader
        title={commonText.taskHistory}
        description={`${lists[list].text.about} ${list === "webhooks" ? "" : kept}`.trim()}
        beside={
          live && (
            <Group gap={6}>
              <span className="live-dot" aria-hidden />
              <Text size="sm" c="dimmed">
                {commonText.live}
              </Text>
            </Group>
          )
        }
      >
        {children}
      </PageHeader>
      <Tabs
        value={list}
        mb="md"
        onChange={(value) => {
          void navigate({ to: lists[isList(value) ? value : "runs"].to, params: { projectId } });
        }}
      >
        <Tabs.List aria-label={runsText.lists.label}>
          {Object.entries(lists).map(([name, { text }]) => (
            <Tabs.Tab key={name} value={name}>
              {text.tab}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  );
}

function isList(value: string | null): value is keyof typeof lists {
  return value !== null && value in lists;
}

/** The head of Task History's three lists: what ran, what arrived, what providers sent in vain. */
import { Group, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { projectQuery } from "../../api/queries.ts";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { keptFor } from "./retention.ts";

const lists = {
  runs: {
    tab: "Runs",
    to: "/p/$projectId/task-history",
    about: "What every trigger led to: which steps ran, for whom, and what the provider answered.",
  },
  events: {
    tab: "Events",
    to: "/p/$projectId/task-history/events",
    about: "Everything that arrived, also what started nothing, and why.",
  },
  webhooks: {
    tab: "Webhook inbox",
    to: "/p/$projectId/task-history/webhooks",
    about:
      "What providers sent when nobody could take it: kept for 30 days, to be sent again once an account is connected.",
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
        title="Task History"
        description={`${lists[list].about} ${list === "webhooks" ? "" : kept}`.trim()}
        beside={
          live && (
            <Group gap={6}>
              <span className="live-dot" aria-hidden />
              <Text size="sm" c="dimmed">
                Live
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
        <Tabs.List aria-label="Lists of Task History">
          {Object.entries(lists).map(([name, { tab }]) => (
            <Tabs.Tab key={name} value={name}>
              {tab}
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

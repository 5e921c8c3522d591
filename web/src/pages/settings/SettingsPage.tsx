import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { settingsText } from "../../texts/settings.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { NotFoundPage } from "../start/NotFoundPage.tsx";
import { ApiKeysTab } from "./ApiKeysTab.tsx";
import { AuditLogTab } from "./AuditLogTab.tsx";
import { EventDestinationsTab } from "./destinations/EventDestinationsTab.tsx";
import { GeneralTab } from "./GeneralTab.tsx";
import { ProjectFileTab } from "./ProjectFileTab.tsx";
import { ReleasesTab } from "./releases/ReleasesTab.tsx";
import { SecretsTab } from "./SecretsTab.tsx";
import { SigningKeysTab } from "./SigningKeysTab.tsx";
import { TeamTab } from "./TeamTab.tsx";
import { TestTokensTab } from "./TestTokensTab.tsx";

const panels: Record<string, ComponentType<{ projectId: string }>> = {
  general: GeneralTab,
  "signing-keys": SigningKeysTab,
  "test-tokens": TestTokensTab,
  secrets: SecretsTab,
  "api-keys": ApiKeysTab,
  "project-file": ProjectFileTab,
  "event-destinations": EventDestinationsTab,
  releases: ReleasesTab,
  team: TeamTab,
  "audit-log": AuditLogTab,
};

export function SettingsPage() {
  const { projectId, tab } = useParams({ from: "/p/$projectId/settings/$tab" });
  const navigate = useNavigate();
  const Panel = panels[tab];
  if (!Panel) return <NotFoundPage />;
  return (
    <Page>
      <PageHeader title={commonText.settings} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            to: "/p/$projectId/settings/$tab",
            params: { projectId, tab: value ?? "general" },
          })
        }
      >
        <Tabs.List mb="lg">
          {Object.entries(settingsText.tabs).map(([value, title]) => (
            <Tabs.Tab key={value} value={value}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Panel projectId={projectId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Page } from "../../app/Shell.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ApiKeysTab } from "./ApiKeysTab.tsx";
import { GeneralTab } from "./GeneralTab.tsx";
import { SigningKeysTab } from "./SigningKeysTab.tsx";
import { TestTokensTab } from "./TestTokensTab.tsx";

export function SettingsPage() {
  const { projectId, tab } = useParams({ from: "/p/$projectId/settings/$tab" });
  const navigate = useNavigate();
  return (
    <Page>
      <PageHeader title="Settings" />
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
          <Tabs.Tab value="general">General</Tabs.Tab>
          <Tabs.Tab value="signing-keys">Signing keys</Tabs.Tab>
          <Tabs.Tab value="test-tokens">Test tokens</Tabs.Tab>
          <Tabs.Tab value="api-keys">API keys</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="general">
          <GeneralTab projectId={projectId} />
        </Tabs.Panel>
        <Tabs.Panel value="signing-keys">
          <SigningKeysTab projectId={projectId} />
        </Tabs.Panel>
        <Tabs.Panel value="test-tokens">
          <TestTokensTab projectId={projectId} />
        </Tabs.Panel>
        <Tabs.Panel value="api-keys">
          <ApiKeysTab projectId={projectId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

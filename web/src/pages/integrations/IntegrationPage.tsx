import { Anchor, Breadcrumbs, Switch, Tabs } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { call, fieldsOf, messageOf } from "../../api/client.ts";
import type { Integration } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at, connectorQuery, integrationQuery } from "../../api/queries.ts";
import { AllowedForm } from "../../app/Allowed.tsx";
import { useMay } from "../../app/rights.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { ConnectorIcon } from "./ConnectorIcon.tsx";
import { CredentialsTab } from "./CredentialsTab.tsx";
import { IntegrationUsersTab } from "./IntegrationUsersTab.tsx";
import { ManifestTab } from "./ManifestTab.tsx";
import { PortalTab } from "./PortalTab.tsx";
import { SyncsTab } from "./SyncsTab.tsx";
import { WorkflowsTab } from "./WorkflowsTab.tsx";

export function IntegrationPage() {
  const { projectId, integrationId } = useParams({ from: "/p/$projectId/integrations/$integrationId" });
  const { tab } = useSearch({ from: "/p/$projectId/integrations/$integrationId" });
  const navigate = useNavigate();
  const integration = useQuery(integrationQuery(projectId, integrationId));
  const found = integration.data;
  const { tabs } = integrationsText.page;
  const connector = useQuery(connectorQuery(projectId, found?.type ?? ""));
  // Most connectors name no records that can be synced: there the tab would never hold anything.
  const isSynced = tab === "syncs" || (connector.data?.syncs.length ?? 0) > 0;

  return (
    <Page>
      <PageHeader
        title={found?.name ?? commonText.integration}
        above={
          <Breadcrumbs fz="sm">
            <TextLink to="/p/$projectId/integrations" params={{ projectId }} size="sm">
              {commonText.integrations}
            </TextLink>
            <Anchor component="span" size="sm" c="dimmed" underline="never">
              {found?.name ?? "…"}
            </Anchor>
          </Breadcrumbs>
        }
        beside={
          found && (
            <>
              <ConnectorIcon url={found.iconUrl} size={24} />
              <StateBadge state={found.active ? "active" : "inactive"} />
            </>
          )
        }
      >
        {found && <ActiveSwitch integration={found} projectId={projectId} />}
      </PageHeader>
      <ErrorNotice error={integration.error} />
      {integration.isPending && <ListSkeleton />}
      {found && (
        <Tabs
          value={tab ?? "workflows"}
          keepMounted={false}
          onChange={(value) =>
            void navigate({
              to: "/p/$projectId/integrations/$integrationId",
              params: { projectId, integrationId },
              search: { tab: value ?? undefined },
              replace: true,
            })
          }
        >
          <Tabs.List mb="lg">
            <Tabs.Tab value="workflows">{tabs.workflows}</Tabs.Tab>
            <Tabs.Tab value="credentials">{tabs.credentials}</Tabs.Tab>
            <Tabs.Tab value="portal">{tabs.portal}</Tabs.Tab>
            {isSynced && <Tabs.Tab value="syncs">{tabs.syncs}</Tabs.Tab>}
            <Tabs.Tab value="users">{commonText.users}</Tabs.Tab>
            {found.custom && <Tabs.Tab value="connector">{tabs.connector}</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="workflows">
            <WorkflowsTab projectId={projectId} integration={found} />
          </Tabs.Panel>
          <Tabs.Panel value="credentials">
            <AllowedForm to="build">
              <CredentialsTab projectId={projectId} integration={found} />
            </AllowedForm>
          </Tabs.Panel>
          <Tabs.Panel value="portal">
            <AllowedForm to="design">
              <PortalTab projectId={projectId} integration={found} />
            </AllowedForm>
          </Tabs.Panel>
          {found.custom && (
            <Tabs.Panel value="connector">
              <AllowedForm to="design">
                <ManifestTab projectId={projectId} integration={found} />
              </AllowedForm>
            </Tabs.Panel>
          )}
          <Tabs.Panel value="syncs">
            <SyncsTab projectId={projectId} integration={found} />
          </Tabs.Panel>
          <Tabs.Panel value="users">
            <IntegrationUsersTab projectId={projectId} integration={found} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Page>
  );
}

function ActiveSwitch({ integration, projectId }: { integration: Integration; projectId: string }) {
  const may = useMay("build");
  const change = useChange(projectId, (active: boolean) =>
    call<Integration>("PATCH", `${at(projectId)}/integrations/${integration.id}`, { active }),
  );
  return (
    <Switch
      label={integrationsText.page.active}
      checked={integration.active}
      disabled={change.isPending || !may.ok}
      title={may.reason || undefined}
      onChange={(event) =>
        change.mutate(event.currentTarget.checked, {
          onError: (error) =>
            notifications.show({
              color: "red",
              title: integrationsText.page.notActive,
              message: describe(error),
            }),
        })
      }
    />
  );
}

function describe(error: Error): string {
  const fields = Object.values(fieldsOf(error));
  return fields.length > 0 ? fields.join(" ") : messageOf(error);
}

/** A new connector of the project's own. */
// The example of the documentation, which the server's own tests keep good.

import { Anchor, Breadcrumbs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import example from "../../../../examples/custom-connector/connector.yaml?raw";
import { AllowedForm } from "../../app/Allowed.tsx";
import { useProjectId } from "../../app/project.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { TextLink } from "../../ui/links.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ManifestEditor } from "./ManifestEditor.tsx";

export function CustomIntegrationPage() {
  const projectId = useProjectId();
  const navigate = useNavigate();
  return (
    <Page>
      <PageHeader
        title={integrationsText.list.custom}
        description={integrationsText.custom.about}
        above={
          <Breadcrumbs fz="sm">
            <TextLink to="/p/$projectId/integrations" params={{ projectId }} size="sm">
              {commonText.integrations}
            </TextLink>
            <Anchor component="span" size="sm" c="dimmed" underline="never">
              {integrationsText.custom.breadcrumb}
            </Anchor>
          </Breadcrumbs>
        }
      />
      <AllowedForm to="design">
        <ManifestEditor
          projectId={projectId}
          manifest={example}
          onSaved={(made) =>
            void navigate({
              to: "/p/$projectId/integrations/$integrationId",
              params: { projectId, integrationId: made.id },
              search: { tab: "credentials" },
            })
          }
        />
      </AllowedForm>
    </Page>
  );
}

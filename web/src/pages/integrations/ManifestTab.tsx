import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Integration } from "../../api/integrations.ts";
import { customManifestQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { ManifestEditor } from "./ManifestEditor.tsx";

/** What a connector of the project's own is made of. */
export function ManifestTab({ projectId, integration }: { projectId: string; integration: Integration }) {
  const client = useQueryClient();
  const found = useQuery(customManifestQuery(projectId, integration.id));
  if (found.error) return <ErrorNotice error={found.error} />;
  if (!found.data) return <ListSkeleton />;
  return (
    <ManifestEditor
      projectId={projectId}
      integration={integration}
      manifest={found.data.manifest}
      onSaved={() => {
        // The actions that editors offer come from it.
        void client.invalidateQueries({ queryKey: ["connector", projectId] });
        notifications.show({
          color: "green",
          title: commonText.saved,
          message: integrationsText.manifest.saved,
        });
      }}
    />
  );
}

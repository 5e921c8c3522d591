import { Center } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import {
  appEventsQuery,
  connectorQuery,
  integrationQuery,
  projectQuery,
  secretsQuery,
  workflowQuery,
} from "../api/queries.ts";
import { Page } from "../app/Shell.tsx";
import { commonText } from "../texts/common.ts";
import { ErrorNotice } from "../ui/Notice.tsx";
import { ListSkeleton } from "../ui/Skeletons.tsx";
import { Editor } from "./Editor.tsx";

/** Loads what the editor needs, then gets out of its way. */
export function EditorPage() {
  const { projectId, workflowId } = useParams({ from: "/p/$projectId/workflows/$workflowId" });
  const workflow = useQuery(workflowQuery(projectId, workflowId));
  const integrationId = workflow.data?.integrationId ?? "";
  const integration = useQuery({
    ...integrationQuery(projectId, integrationId),
    enabled: integrationId !== "",
  });
  const connector = useQuery(connectorQuery(projectId, workflow.data?.integrationType ?? ""));
  const events = useQuery(appEventsQuery(projectId));
  const project = useQuery(projectQuery(projectId));
  const secrets = useQuery(secretsQuery(projectId));
  const name = workflow.data?.name ?? commonText.workflow;
  useEffect(() => {
    document.title = commonText.pageTitle(name);
  }, [name]);

  const error = workflow.error ?? integration.error ?? connector.error ?? events.error ?? project.error;
  if (error) {
    return (
      <Page>
        <ErrorNotice error={error} />
      </Page>
    );
  }
  if (!workflow.data || !integration.data || !connector.data || !events.data || !project.data) {
    return (
      <Center h="100vh">
        <div style={{ width: 280 }}>
          <ListSkeleton rows={3} height={72} />
        </div>
      </Center>
    );
  }
  return (
    <Editor
      key={workflowId}
      projectId={projectId}
      workflow={workflow.data}
      integration={integration.data}
      connector={connector.data}
      events={events.data.items}
      userMetadata={project.data.userMetadata}
      secrets={secrets.data ?? null}
    />
  );
}

/** Says that a project is changed by releases alone, where somebody could begin to change it. */
import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { releaseSettingsQuery } from "../api/releases.ts";
import { TextLink } from "../ui/links.tsx";

export function ReadOnlyNotice({ projectId }: { projectId: string }) {
  const readOnly = useQuery(releaseSettingsQuery(projectId)).data?.readOnly ?? false;
  if (!readOnly) return null;
  return (
    <Alert color="gray" variant="light" radius={0} icon={<Lock size={18} />} role="status">
      Only{" "}
      <TextLink to="/p/$projectId/settings/$tab" params={{ projectId, tab: "releases" }}>
        releases
      </TextLink>{" "}
      change this project: edits here are not saved. Change the workflow in the project that it is released
      from.
    </Alert>
  );
}

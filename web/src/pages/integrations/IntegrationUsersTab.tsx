import { useInfiniteQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import type { Integration } from "../../api/integrations.ts";
import { usersQuery } from "../../api/queries.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { UsersTable } from "../users/UsersTable.tsx";

/** The connected users that have an account of this integration. */
export function IntegrationUsersTab(props: { projectId: string; integration: Integration }) {
  const { projectId, integration } = props;
  const users = useInfiniteQuery(usersQuery(projectId, ""));
  const connected = (users.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((user) => user.accounts.some((account) => account.integrationType === integration.type));
  return (
    <>
      <ErrorNotice error={users.error} />
      {users.isPending && <ListSkeleton />}
      {users.data && connected.length === 0 && (
        <EmptyState icon={<Users size={22} />} title={integrationsText.users.empty}>
          {integrationsText.users.emptyText(integration.type)}
        </EmptyState>
      )}
      {connected.length > 0 && <UsersTable projectId={projectId} users={connected} />}
    </>
  );
}

import { Button, Center, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Search, Users } from "lucide-react";
import { usersQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { usersText } from "../../texts/users.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { UsersTable } from "./UsersTable.tsx";

export function UsersPage() {
  const { projectId } = useParams({ from: "/p/$projectId/users" });
  const { search = "" } = useSearch({ from: "/p/$projectId/users" });
  const navigate = useNavigate();
  const users = useInfiniteQuery(usersQuery(projectId, search));
  const list = (users.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <Page>
      <PageHeader title={commonText.users} description={usersText.list.about} />
      <TextInput
        aria-label={usersText.list.search}
        placeholder={usersText.list.searchFor}
        leftSection={<Search size={16} />}
        maw={320}
        mb="md"
        value={search}
        onChange={(event) =>
          void navigate({
            to: "/p/$projectId/users",
            params: { projectId },
            search: { search: event.currentTarget.value || undefined },
            replace: true,
          })
        }
      />
      <ErrorNotice error={users.error} />
      {users.isPending && <ListSkeleton />}
      {users.data && list.length === 0 && search === "" && (
        <EmptyState
          icon={<Users size={22} />}
          title={usersText.list.empty}
          action={
            <ButtonLink to="/p/$projectId/settings/$tab" params={{ projectId, tab: "test-tokens" }}>
              {usersText.list.makeTestToken}
            </ButtonLink>
          }
        >
          {usersText.list.emptyText}
        </EmptyState>
      )}
      {users.data && list.length === 0 && search !== "" && (
        <EmptyState icon={<Search size={22} />} title={usersText.list.nobodyFound}>
          {usersText.list.nobodyContains(search)}
        </EmptyState>
      )}
      {list.length > 0 && <UsersTable projectId={projectId} users={list} />}
      {users.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={users.isFetchingNextPage} onClick={() => users.fetchNextPage()}>
            {usersText.list.more}
          </Button>
        </Center>
      )}
    </Page>
  );
}

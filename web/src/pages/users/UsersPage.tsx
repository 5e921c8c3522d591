import { Button, Center, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Search, Users } from "lucide-react";
import { usersQuery } from "../../api/queries.ts";
import { Page } from "../../app/Shell.tsx";
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
      <PageHeader
        title="Users"
        description="Your customers' users, as your app names them. A user appears with the first valid token."
      />
      <TextInput
        aria-label="Search users"
        placeholder="Search by id, name or email"
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
          title="No users yet"
          action={
            <ButtonLink to="/p/$projectId/settings/$tab" params={{ projectId, tab: "test-tokens" }}>
              Make a test token
            </ButtonLink>
          }
        >
          Users appear when your app calls authenticate() with a token that your backend signed.
        </EmptyState>
      )}
      {users.data && list.length === 0 && search !== "" && (
        <EmptyState icon={<Search size={22} />} title="Nobody found">
          No user's id, name or email contains “{search}”.
        </EmptyState>
      )}
      {list.length > 0 && <UsersTable projectId={projectId} users={list} />}
      {users.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={users.isFetchingNextPage} onClick={() => users.fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </Page>
  );
}

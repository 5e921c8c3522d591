import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { userQuery, usersQuery } from "../../api/queries.ts";
import type { User } from "../../api/users.ts";
import { commonText } from "../../texts/common.ts";
import { runsText } from "../../texts/runs.tsx";

interface UserFilterProps {
  projectId: string;
  /** The connected user's id here, not the host application's. */
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** Finds a user by name, address or the host application's id. */
export function UserFilter({ projectId, value, onChange }: UserFilterProps) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const found = useInfiniteQuery(usersQuery(projectId, search)).data?.pages[0]?.items ?? [];
  const chosen = useQuery({ ...userQuery(projectId, value ?? ""), enabled: value !== undefined }).data;
  const options = new Map(found.map((user) => [user.id, labelOf(user)]));
  if (chosen) options.set(chosen.id, labelOf(chosen));
  return (
    <Select
      aria-label={commonText.user}
      placeholder={runsText.filters.anyUser}
      clearable
      searchable
      w={220}
      data={[...options].map(([id, label]) => ({ value: id, label }))}
      // The server searches; what it found is not filtered again.
      filter={({ options: all }) => all}
      nothingFoundMessage={commonText.noSuchUser}
      value={value ?? null}
      onSearchChange={(text) => setTyped(chosen && text === labelOf(chosen) ? "" : text)}
      onChange={(id) => onChange(id ?? undefined)}
    />
  );
}

function labelOf(user: Pick<User, "name" | "userId">): string {
  return user.name ? `${user.name} (${user.userId})` : user.userId;
}

/** Whose account and settings a test uses. */
import { Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { userQuery, usersQuery } from "../api/queries.ts";
import type { User } from "../api/users.ts";
import { TextLink } from "../ui/links.tsx";
import { Hint } from "../ui/Notice.tsx";
import { canBeTriedAs, type Testing } from "./testing.ts";

interface PreviewUserProps {
  projectId: string;
  integrationType: string;
  integrationName: string;
  testing: Testing;
}

export function PreviewUser({ projectId, integrationType, integrationName, testing }: PreviewUserProps) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const { userId, setUserId } = testing;
  const found = useInfiniteQuery(usersQuery(projectId, search)).data?.pages[0]?.items;
  const chosen = useQuery({
    ...userQuery(projectId, userId ?? ""),
    enabled: userId !== null,
    refetchInterval: false,
  });
  const options = new Map(
    (found ?? []).map((user) => [
      user.id,
      { label: labelOf(user), disabled: !canBeTriedAs(user, integrationType) },
    ]),
  );
  if (chosen.data) options.set(chosen.data.id, { label: labelOf(chosen.data), disabled: false });

  if (found && search === "" && options.size === 0) {
    return (
      <Hint style={{ flex: 1 }} p="xs">
        <Text size="sm">
          A test needs a user with a connected {integrationName} account. Connect one yourself:{" "}
          <TextLink
            size="sm"
            underline="always"
            to="/p/$projectId/settings/$tab"
            params={{ projectId, tab: "test-tokens" }}
          >
            make a test token
          </TextLink>
          .
        </Text>
      </Hint>
    );
  }
  return (
    <Select
      label="Test as"
      placeholder={`A user with ${integrationName}`}
      searchable
      allowDeselect={false}
      style={{ flex: 1 }}
      data={[...options].map(([value, { label, disabled }]) => ({
        value,
        label: disabled ? `${label} · not connected` : label,
        disabled,
      }))}
      // The server searches; what it found is not filtered again.
      filter={({ options: all }) => all}
      nothingFoundMessage="No such user"
      value={userId}
      onSearchChange={(text) => setTyped(chosen.data && text === labelOf(chosen.data) ? "" : text)}
      onChange={(id) => id !== null && setUserId(id)}
    />
  );
}

function labelOf(user: Pick<User, "name" | "userId">): string {
  return user.name ? `${user.name} (${user.userId})` : user.userId;
}

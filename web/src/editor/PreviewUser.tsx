/** Whose account and settings a test uses, or that the provider is simulated. */
import { Select, Stack, Switch, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { userQuery, usersQuery } from "../api/queries.ts";
import type { User } from "../api/users.ts";
import { commonText } from "../texts/common.ts";
import { testingText } from "../texts/testing.tsx";
import { TextLink } from "../ui/links.tsx";
import { canBeTriedAs, type Testing } from "./testing.ts";

const { user: userTexts, simulate: texts } = testingText;

interface PreviewUserProps {
  projectId: string;
  integrationType: string;
  integrationName: string;
  testing: Testing;
}

/** Nothing where nobody has been met yet: a simulated test needs nobody. */
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
  const all: Pick<User, "id" | "name" | "userId" | "accounts" | "disabled">[] = [...(found ?? [])];
  if (chosen.data && !all.some((user) => user.id === chosen.data.id)) all.push(chosen.data);
  const label = (user: (typeof all)[number]) =>
    user.disabled
      ? userTexts.disabled(labelOf(user))
      : canBeTriedAs(user, integrationType)
        ? labelOf(user)
        : userTexts.notConnected(labelOf(user));

  if (search === "" && all.length === 0) return null;
  return (
    <Select
      label={userTexts.label}
      placeholder={userTexts.hint(integrationName)}
      searchable
      allowDeselect={false}
      style={{ flex: 1 }}
      data={all.map((user) => ({ value: user.id, label: label(user), disabled: user.disabled }))}
      // The server searches; what it found is not filtered again.
      filter={({ options }) => options}
      nothingFoundMessage={commonText.noSuchUser}
      value={userId}
      onSearchChange={(text) => setTyped(chosen.data && text === label(chosen.data) ? "" : text)}
      onChange={(id) => id !== null && setUserId(id)}
    />
  );
}

/** Whether the provider is simulated: a choice with an account, the only way without one. */
export function SimulatedSwitch({ projectId, integrationName, testing }: PreviewUserProps) {
  const { simulated, setSimulated, hasAccount } = testing;
  if (!testing.ready) return null;
  return (
    <Stack gap={4}>
      <Switch
        label={texts.label(integrationName)}
        description={simulated ? texts.on(integrationName) : texts.off(integrationName)}
        checked={simulated}
        disabled={!hasAccount}
        onChange={(event) => setSimulated(event.currentTarget.checked)}
      />
      {!hasAccount && (
        <Text size="xs" c="dimmed">
          {texts.noAccount(testing.userId !== null, integrationName, (words) => (
            <TextLink
              size="xs"
              underline="always"
              to="/p/$projectId/settings/$tab"
              params={{ projectId, tab: "test-tokens" }}
            >
              {words}
            </TextLink>
          ))}
        </Text>
      )}
    </Stack>
  );
}

function labelOf(user: Pick<User, "name" | "userId">): string {
  return user.name ? userTexts.named(user.name, user.userId) : user.userId;
}

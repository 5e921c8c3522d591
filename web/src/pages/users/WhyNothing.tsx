/** “Why did nothing happen for this user?”, answered by what the system saw, in order. */
import { Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { Check, Minus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { UserDetail } from "../../api/users.ts";
import { usersText } from "../../texts/users.tsx";
import { TextLink } from "../../ui/links.tsx";

interface Question {
  key: keyof UserDetail["why"];
  yes: string;
  no: string;
  next: ReactNode;
}

export function WhyNothing({ projectId, user }: { projectId: string; user: UserDetail }) {
  const params = { projectId };
  const { tokenSeen, eventReceived, runSucceeded } = usersText.why;
  const look = { size: "sm", underline: "always" } as const;
  const questions: Question[] = [
    {
      key: "tokenSeen",
      ...tokenSeen,
      next: tokenSeen.next((words) => (
        <TextLink {...look} to="/p/$projectId/settings/$tab" params={{ projectId, tab: "test-tokens" }}>
          {words}
        </TextLink>
      )),
    },
    { key: "accountConnected", ...usersText.why.accountConnected },
    { key: "workflowOn", ...usersText.why.workflowOn },
    {
      key: "eventReceived",
      ...eventReceived,
      next: eventReceived.next((words) => (
        <TextLink {...look} to="/p/$projectId/app-events" params={params}>
          {words}
        </TextLink>
      )),
    },
    { key: "runStarted", ...usersText.why.runStarted },
    {
      key: "runSucceeded",
      ...runSucceeded,
      next: runSucceeded.next((words) => (
        <TextLink {...look} to="/p/$projectId/task-history" params={params} search={{ userId: user.id }}>
          {words}
        </TextLink>
      )),
    },
  ];
  const firstNo = questions.find((question) => !user.why[question.key])?.key;
  return (
    <Stack gap="md">
      <Title order={2}>{firstNo ? usersText.why.nothing : usersText.why.works}</Title>
      <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
        {questions.map((question) => {
          const yes = user.why[question.key];
          const here = question.key === firstNo;
          return (
            <Group key={question.key} component="li" wrap="nowrap" align="flex-start" gap="sm">
              <ThemeIcon
                size={22}
                radius="xl"
                variant="light"
                color={yes ? "green" : here ? "red" : "gray"}
                aria-hidden
              >
                {yes ? <Check size={14} /> : here ? <X size={14} /> : <Minus size={14} />}
              </ThemeIcon>
              <Stack gap={2}>
                <Text c={yes || here ? undefined : "dimmed"} fw={here ? 600 : 400}>
                  {yes ? question.yes : question.no}
                </Text>
                {here && (
                  <Text size="sm" c="dimmed">
                    {question.next}
                  </Text>
                )}
              </Stack>
            </Group>
          );
        })}
      </Stack>
    </Stack>
  );
}

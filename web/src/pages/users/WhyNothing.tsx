/** “Why did nothing happen for this user?”, answered by what the system saw, in order. */
import { Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { Check, Minus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { UserDetail } from "../../api/users.ts";
import { TextLink } from "../../ui/links.tsx";

interface Question {
  key: keyof UserDetail["why"];
  yes: string;
  no: string;
  next: ReactNode;
}

export function WhyNothing({ projectId, user }: { projectId: string; user: UserDetail }) {
  const params = { projectId };
  const questions: Question[] = [
    {
      key: "tokenSeen",
      yes: "A valid token was seen",
      no: "No valid token was seen yet",
      next: (
        <>
          Your app must call authenticate() with a token that your backend signed. Try one from{" "}
          <TextLink
            to="/p/$projectId/settings/$tab"
            params={{ projectId, tab: "test-tokens" }}
            size="sm"
            underline="always"
          >
            Test tokens
          </TextLink>
          .
        </>
      ),
    },
    {
      key: "accountConnected",
      yes: "An account is connected and valid",
      no: "No valid account is connected",
      next: "The user must open the Connect Portal and connect, or reconnect, an account.",
    },
    {
      key: "workflowOn",
      yes: "A deployed workflow is on",
      no: "No deployed workflow is on",
      next: "Deploy a workflow, then the user turns it on in the portal's Configuration tab.",
    },
    {
      key: "eventReceived",
      yes: "An App Event was received",
      no: "No App Event was received for this user",
      next: (
        <>
          Send one from your app. Names that nobody listens to are shown on{" "}
          <TextLink to="/p/$projectId/app-events" params={params} size="sm" underline="always">
            App Events
          </TextLink>
          .
        </>
      ),
    },
    {
      key: "runStarted",
      yes: "A run started",
      no: "No run has started",
      next: "The event's name must be the one that the workflow's trigger names.",
    },
    {
      key: "runSucceeded",
      yes: "A run succeeded",
      no: "No run has succeeded yet",
      next: (
        <>
          Look at what the runs say in{" "}
          <TextLink
            to="/p/$projectId/task-history"
            params={params}
            search={{ userId: user.id }}
            size="sm"
            underline="always"
          >
            Task History
          </TextLink>
          .
        </>
      ),
    },
  ];
  const firstNo = questions.find((question) => !user.why[question.key])?.key;
  return (
    <Stack gap="md">
      <Title order={2}>
        {firstNo ? "Why did nothing happen for this user?" : "Everything works for this user"}
      </Title>
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

/** "Test these credentials": the provider is asked whether it knows client id and secret, and what was asked is said. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleHelp, PlugZap } from "lucide-react";
import { call, sentence } from "../../api/client.ts";
import type { Integration, TestedCredentials } from "../../api/integrations.ts";
import { at } from "../../api/queries.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

const { test: text } = integrationsText.credentials;

interface TestCredentialsProps {
  projectId: string;
  integration: Integration;
  /** As typed; what is stored is tried where one is empty. */
  clientId: string;
  clientSecret: string;
}

export function TestCredentials({ projectId, integration, clientId, clientSecret }: TestCredentialsProps) {
  const test = useMutation({
    mutationFn: () =>
      call<TestedCredentials>("POST", `${at(projectId)}/integrations/${integration.id}/test-credentials`, {
        ...(clientId !== "" && { clientId }),
        ...(clientSecret !== "" && { clientSecret }),
      }),
  });
  return (
    <Stack gap="sm">
      <Button
        variant="default"
        w="fit-content"
        leftSection={<PlugZap size={16} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {text.button}
      </Button>
      <ErrorNotice error={test.error} />
      {test.data && <Outcome name={integration.name} tested={test.data} />}
    </Stack>
  );
}

const COLORS: Record<TestedCredentials["outcome"], string> = {
  known: "green",
  unknown: "red",
  redirectUrl: "red",
  unclear: "yellow",
  unreachable: "yellow",
};

function Outcome({ name, tested }: { name: string; tested: TestedCredentials }) {
  const color = COLORS[tested.outcome];
  const Icon = color === "green" ? CircleCheck : color === "red" ? CircleAlert : CircleHelp;
  return (
    <Alert
      color={color}
      variant="light"
      icon={<Icon size={18} />}
      title={text.outcomes[tested.outcome](name)}
      role="status"
    >
      <Text size="sm">{text.checked(sentence(tested.checked))}</Text>
      <Text size="sm">{text.answered(tested.answer)}</Text>
      <Text size="sm">{text.notChecked(tested.notChecked)}</Text>
    </Alert>
  );
}
